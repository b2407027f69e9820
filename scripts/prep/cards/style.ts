/** How the cards look on paper. Millimetres and points: what is on the screen is what is printed. */
import type { RoomSettings } from '../../lib/room/settings.ts';

/** Width and height, mm (ISO 216; ANSI/ASME Y14.1). */
const PAPERS = { A4: [210, 297], Letter: [215.9, 279.4] } as const;

/** What hardly any printer leaves white. */
const MARGIN_MM = 10;

function styleFor([width, height]: readonly [number, number]): string {
  return `
@page { size: ${width}mm ${height}mm; margin: 0; }
@page sheet { margin: ${MARGIN_MM}mm; }
* { box-sizing: border-box; margin: 0; padding: 0; }
html { font: 9pt/1.25 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif; color: #000; background: #fff; }
.page {
  display: grid; grid-template-columns: repeat(2, 1fr); align-content: start;
  width: ${width}mm; height: ${height}mm; padding: ${MARGIN_MM}mm; break-after: page; overflow: hidden;
}
.page:last-of-type { break-after: auto; }
/* Cut lines: between two cards there is one. On paper, what is broken into pages may grow: a card is never broken. */
.card {
  display: flex; flex-direction: column; gap: 1.6mm; min-width: 0; padding: 4.5mm;
  height: calc(${height - 2 * MARGIN_MM}mm / var(--rows)); contain: size layout paint; break-inside: avoid;
  border: 0 dashed #777; border-inline-end-width: .2mm; border-bottom-width: .2mm;
}
.card:nth-child(odd) { border-inline-start-width: .2mm; }
.card:nth-child(-n+2) { border-top-width: .2mm; }
.card header { display: flex; justify-content: space-between; align-items: start; gap: 3mm; }
.event { overflow-wrap: anywhere; }
.event b { font-size: 1.2em; }
.seat { display: flex; align-items: baseline; gap: 1.5mm; white-space: nowrap; }
.seat b { font-size: 2.6em; line-height: .9; }
.role { white-space: nowrap; font-style: normal; font-weight: bold; border: .3mm solid; border-radius: 1mm; padding: 0 1mm; }
h2 { font-size: .78em; font-weight: normal; color: #333; }
.command, .fingerprint, .password, .nodes, code { font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
.way { display: flex; justify-content: space-between; gap: 3mm; }
.way > div { flex: 1; min-width: 0; }
.command { font-size: 1.05em; font-weight: bold; overflow-wrap: anywhere; margin-bottom: 1mm; }
.password { font-size: 2em; font-weight: bold; white-space: nowrap; }
.password span { padding: .1em 0; }
.password span:nth-child(even) { background: #ddd; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
.fingerprint { font-size: .82em; overflow-wrap: anywhere; }
.nodes { list-style: none; font-size: .95em; display: grid; gap: .3mm 3mm; overflow-wrap: anywhere; }
.nodes.narrow { grid-auto-flow: column; grid-template: repeat(var(--half), auto) / 1fr 1fr; }
figure { width: 27mm; flex: none; text-align: center; }
figure svg { display: block; width: 27mm; height: 27mm; }
figcaption { font-size: .8em; line-height: 1; }
.web { overflow-wrap: anywhere; }
.wifi { display: flex; align-items: center; gap: 2mm; margin-top: auto; }
.wifi p { min-width: 0; overflow-wrap: anywhere; }
.wifi .code { width: 17mm; height: 17mm; flex: none; }
.sheet { page: sheet; border-collapse: collapse; width: 100%; }
.sheet th { text-align: start; font-weight: normal; font-size: .85em; padding: 1mm; vertical-align: bottom; }
.sheet thead tr:first-child th { font-size: 1em; padding-bottom: 3mm; }
.sheet td { border-top: .2mm solid #777; padding: 1mm; vertical-align: top; overflow-wrap: anywhere; }
.sheet tbody tr { break-inside: avoid; }
.sheet .addresses { font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace; font-size: .85em; }
.sheet .addresses span { display: inline-block; margin-inline-end: 1.5em; }
.sheet .password { font-size: 1.1em; }
.sheet .fingerprint { font-size: .72em; width: 36mm; }
@media screen { .page { margin: 5mm auto; box-shadow: 0 0 2mm #999; } .sheet { max-width: ${width}mm; margin: auto; } }
`;
}

export const STYLE: Readonly<Record<RoomSettings['paper'], string>> = {
  A4: styleFor(PAPERS.A4),
  Letter: styleFor(PAPERS.Letter),
};

/**
 * Runs in the document: the writing of a card that holds more than its room gets smaller, until it fits. Some millimetres are
 * left: a printer's letters are not as wide as those of a screen.
 */
export const FIT = `
for (const card of document.querySelectorAll('.card')) {
  const holds = () => card.scrollHeight <= card.clientHeight && card.scrollWidth <= card.clientWidth;
  card.style.paddingBottom = '8mm';
  for (let percent = 100; !holds() && percent > 40; percent -= 4) card.style.fontSize = percent + '%';
  card.style.paddingBottom = '';
}
`;
