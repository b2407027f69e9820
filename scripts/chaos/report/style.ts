/**
 * How the report looks, on a screen and on paper. The colours are those of Okabe and Ito (Color Universal Design, 2008),
 * which people who are colour-blind tell apart, darker or lighter where letters have to be read.
 */

export type Palette = Readonly<Record<(typeof NAMES)[number], string>>;

const NAMES = [
  ...['paper', 'panel', 'ink', 'faint', 'line', 'speed', 'bar', 'held', 'failed', 'limit'] as const,
  'band',
] as const;

export const LIGHT: Palette = {
  paper: '#ffffff',
  panel: '#f3f5f8',
  ink: '#16181d',
  faint: '#535a66',
  line: '#dde1e7',
  speed: '#0063a0',
  bar: '#5a6472',
  held: '#007a59',
  failed: '#b84a00',
  limit: '#8a3c7a',
  band: '#5a647222',
};

export const DARK: Palette = {
  paper: '#14161a',
  panel: '#1f2329',
  ink: '#f0f2f5',
  faint: '#aab2bf',
  line: '#333941',
  speed: '#56b4e9',
  bar: '#9aa5b4',
  held: '#2fc39a',
  failed: '#ff9a4d',
  limit: '#dd9acb',
  band: '#9aa5b42b',
};

function variables(palette: Palette): string {
  return NAMES.map((name) => `--${name}: ${palette[name]};`).join(' ');
}

export const STYLE = `
:root { color-scheme: light; ${variables(LIGHT)} font: 16px/1.5 system-ui, sans-serif; }
@media screen and (prefers-color-scheme: dark) { :root { color-scheme: dark; ${variables(DARK)} } }
@page { size: A4; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1.25rem 3rem; background: var(--paper); color: var(--ink);
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1.25rem; text-wrap: balance; }
h1::before { content: '✓'; display: inline-grid; place-items: center; width: 1.25em; height: 1.25em; margin-inline-end: .45em;
  border-radius: 50%; background: var(--held); color: var(--paper); font-size: .85em; }
h1.bad::before { content: '!'; background: var(--failed); border-radius: .2em; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 .6rem; break-after: avoid; }
p { margin: 0 0 .8rem; max-width: 80ch; }
code, pre { font: .9em/1.45 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; }
code { background: var(--panel); border-radius: .25em; padding: .1em .3em; box-decoration-break: clone; }
pre { background: var(--panel); border-radius: .4rem; padding: .8rem 1rem; margin: 0; white-space: pre-wrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 0 0 1.5rem; }
.figures div { background: var(--panel); border-radius: .5rem; padding: .7rem .9rem; }
.figures dt, .figures dd.detail { color: var(--faint); font-size: .85rem; }
.figures dd { margin: 0; font-size: 1.6rem; line-height: 1.2; font-weight: 600; }
.figures dd.detail { font-weight: normal; line-height: 1.5; }
figure { margin: 0 0 1.5rem; break-inside: avoid; }
figcaption { display: flex; flex-wrap: wrap; gap: .2rem 1.3rem; color: var(--faint); font-size: .85rem; margin-top: .5rem; }
figcaption span { display: inline-flex; align-items: center; gap: .45rem; }
figcaption svg { width: 26px; height: 14px; flex: none; }
.chart { display: block; width: 100%; height: auto; font-size: 12px; }
.middle, .narrow { display: none; }
@media print, (max-width: 860px) { .wide { display: none; } .middle { display: block; } }
@media screen and (max-width: 560px) { .middle { display: none; } .narrow { display: block; } }
.chart text { fill: var(--ink); }
.chart .tick, .chart .unit { fill: var(--faint); }
.grid { stroke: var(--line); } .mark { stroke: var(--faint); }
.speed { fill: none; stroke: var(--speed); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.band { fill: var(--band); } .onset { stroke: var(--bar); stroke-dasharray: 1 3; fill: none; }
.bar { fill: var(--bar); rx: 1px; } .stuck .bar { fill: var(--failed); }
.tail { stroke: var(--bar); stroke-dasharray: 3 2; stroke-width: 1.5; fill: none; }
.noticed { fill: var(--failed); }
.well { fill: var(--paper); stroke: var(--held); stroke-width: 2; }
.phase { stroke: var(--ink); stroke-dasharray: 6 4; fill: none; }
.limit { stroke: var(--limit); stroke-dasharray: 8 3 2 3; stroke-width: 1.5; fill: none; }
.chart .limit-name { fill: var(--limit); stroke: var(--paper); stroke-width: 4; paint-order: stroke; }
.held { stroke: var(--held); stroke-width: 2.5; fill: none; }
.failed { stroke: var(--failed); stroke-width: 1; }
.hatch-ground { fill: var(--paper); } .hatch-line { fill: var(--failed); }
table { border-collapse: collapse; min-width: min(100%, 24rem); font-size: .9rem; }
th { text-align: start; font-weight: 600; color: var(--faint); vertical-align: bottom; }
th, td { overflow-wrap: normal; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-inline-end: 0; }
td { vertical-align: top; }
/* Long names break; others need not. */
td.text { min-width: 7em; overflow-wrap: anywhere; }
.name { font-weight: 600; }
.number { text-align: end; }
tr { break-inside: avoid; } tbody tr:first-child { break-after: avoid; }
.note { color: var(--faint); font-size: .85rem; margin-top: .6rem; }
@media screen and (max-width: 860px) {
  body { padding: 1rem .75rem 2rem; }
  .figures { grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); }
  /* A row is a card: there is no room for columns. */
  table, tbody, tr { display: block; } thead { display: none; }
  tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .1rem .9rem; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { display: block; border: 0; padding: 0; overflow-wrap: anywhere; }
  td.text { min-width: 0; }
  td:empty { display: none; }
  td.number { text-align: start; }
  td:not(.name)::before { content: attr(data-title) ' '; color: var(--faint); font-size: .85em; }
}
@media print {
  :root { font-size: 9.5pt; }
  .figures { grid-template-columns: repeat(6, 1fr); gap: .5rem; }
  .figures dd { font-size: 1.3rem; }
  body { padding: 0; max-width: none; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  th, td { padding-inline-end: .7em; }
}
`;
