/**
 * The documents that are printed: pages of cards to be cut, and the instructor's sheet. Each is one file that needs no other,
 * and the same for the same room.
 */
import { raw } from 'hono/html';
import { badge, cardMarkup, countNodeLines, dateIn, inGroups, tokenMarkup, wifiSymbol } from './card-html.ts';
import type { Card, CardRoom } from './card.ts';
import { type Markup, markup } from '../../lib/markup.ts';
import { FIT, STYLE } from './style.ts';
import type { Words } from './words.ts';

/** Rows on a page of two columns, for as many lines as the nodes take on a card. */
const ROWS: readonly (readonly [lines: number, rows: number])[] = [[6, 3], [17, 2], [Infinity, 1]];

/** Cards on a page of paper. */
export function cardsPerPage(cards: readonly Card[]): number {
  return 2 * rowsFor(cards);
}

function rowsFor(cards: readonly Card[]): number {
  const most = Math.max(...cards.map(countNodeLines));
  return ROWS.find(([lines]) => most <= lines)![1];
}

export function cardsDocument(cards: readonly Card[], room: CardRoom, words: Words): string {
  const count = cardsPerPage(cards);
  const pages = Array.from(
    { length: Math.ceil(cards.length / count) },
    (_, at) => cards.slice(at * count, (at + 1) * count),
  );
  const sheets = pages.map((own) =>
    markup`<main class="page" style="--rows: ${rowsFor(cards)}">
${own.map((card) => cardMarkup(card, room, words))}
</main>
`
  );
  return documentOf(markup`${wifiSymbol(room)}${sheets}<script>${raw(FIT)}</script>`, room, words);
}

/** All clusters, spares and the instructor's too. */
export function instructorDocument(cards: readonly Card[], room: CardRoom, words: Words): string {
  const { event, date } = room;
  const heads = [words.seat, words.nodes, words.login, words.password, words.fingerprint];
  const body = markup`<table class="sheet">
<thead>
<tr><th colspan="${heads.length}">
<p class="event"><b dir="auto">${event}</b> ${date === '' ? '' : dateIn(room)} <em class="role">${words.sheet}</em></p>
${forAll(room, words)}
</th></tr>
<tr>${heads.map((head) => markup`<th>${head}</th>`)}</tr>
</thead>
<tbody>
${cards.map((card) => sheetRow(card, words))}</tbody>
</table>`;
  return documentOf(body, room, words);
}

function forAll({ web, wifi }: CardRoom, words: Words): Markup[] {
  const parts: Markup[] = [];
  if (web) {
    parts.push(
      markup`<p><b>${words.page}</b> <span dir="ltr">${web.url}</span>${tokenMarkup(web, words)}</p>`,
    );
  }
  if (wifi) {
    const password = wifi.password === ''
      ? ''
      : markup` <b>${words.password}</b> <code dir="ltr">${wifi.password}</code>`;
    parts.push(markup`<p><b>${words.network}</b> <span dir="auto">${wifi.name}</span>${password}</p>`);
  }
  return parts;
}

function sheetRow(card: Card, words: Words): Markup {
  const { cluster, role, nodes, login, port, password } = card;
  return markup`<tr class="${role}">
<td><b>${cluster}</b> ${badge(card, words)}</td>
<td class="addresses" dir="ltr">${nodes.map(({ address }) => markup`<span>${address}</span> `)}</td>
<td dir="ltr">${login}${port === undefined ? '' : `, -p ${port}`}</td>
<td class="password" dir="ltr">${password === undefined ? '–' : inGroups(password)}</td>
<td class="fingerprint" dir="ltr">${nodes[0]!.key!.fingerprint}</td>
</tr>
`;
}

/** Takes nothing from anywhere else, whatever stands in it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

function documentOf(body: Markup, { event, language, paper }: CardRoom, words: Words): string {
  return String(markup`<!doctype html>
<html lang="${language}" dir="${words.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${event}</title>
<style>${raw(STYLE[paper])}</style>
</head>
<body>
${body}
</body>
</html>
`);
}
