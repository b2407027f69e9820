/** One card, as a part of a page. All of it is text of somebody's, and escaped. */
import { raw } from 'hono/html';
import { type Card, type CardRoom, sshCommand, sshUrl } from './card.ts';
import { type Markup, markup } from '../../lib/markup.ts';
import { qrCode, wifiText } from './qr-code.ts';
import type { Words } from './words.ts';

/** Addresses up to this length stand in two columns; in one, a line has so many letters. */
const SHORT_ADDRESS = 18;
const LETTERS_IN_LINE = 44;

/** About how many lines the list of nodes takes. */
export function countNodeLines({ nodes }: Card): number {
  if (isNarrow(nodes)) return Math.ceil(nodes.length / 2);
  return nodes.reduce((sum, { name, address }) => sum + Math.ceil((name.length + address.length) / LETTERS_IN_LINE), 0);
}

function isNarrow(nodes: Card['nodes']): boolean {
  return nodes.every(({ address }) => address.length <= SHORT_ADDRESS);
}

export function cardMarkup(card: Card, room: CardRoom, words: Words): Markup {
  const { nodes, password } = card;
  const { key } = nodes[0]!;
  const date = room.date === '' ? '' : markup`<br>${dateIn(room)}`;
  const shown = password === undefined
    ? markup`<p>${words.noPassword}</p>`
    : markup`<p class="password" dir="ltr">${inGroups(password)}</p>`;
  return markup`<article class="card" id="${card.cluster}">
  <header>
    <p class="event"><b dir="auto">${room.event}</b>${date}</p>
    <p class="seat">${badge(card, words)}<span>${words.seat}</span> <b>${card.cluster.slice(1)}</b></p>
  </header>
  <section class="way">
    <div>
      <h2>${words.login}</h2>
      <p class="command" dir="ltr">${sshCommand(card)}</p>
      <h2>${words.password}</h2>
      ${shown}
    </div>
    ${qrFigure(card, room, words)}
  </section>
  <section>
    <h2>${words.fingerprint} (${key!.type}). ${words.compare}</h2>
    <p class="fingerprint" dir="ltr">${key!.fingerprint}</p>
  </section>
  <ul class="nodes${isNarrow(nodes) ? ' narrow' : ''}" style="--half: ${Math.ceil(nodes.length / 2)}" dir="ltr">
    ${nodes.map(({ name, address }) => markup`<li><b>${name}</b> ${address}</li>`)}
  </ul>
  ${pageMarkup(room, words)}
  ${wifiMarkup(room, words)}
</article>`;
}

/** Who else than a student it is for. */
export function badge({ role }: Card, words: Words): Markup | '' {
  return role === 'student' ? '' : markup`<em class="role">${words[role]}</em> `;
}

/** Groups of four for the eye, told apart by a shade: between them is nothing, so that what is copied is the password. */
export function inGroups(password: string): Markup[] {
  return (password.match(/.{1,4}/gu) ?? []).map((group) => markup`<span>${group}</span>`);
}

/** What it leads to stands on the card in letters, too. */
function qrFigure(card: Card, { qr, web }: CardRoom, words: Words): Markup {
  const [text, caption] = qr === 'web' ? [web!.url, words.page] : [sshUrl(card), 'ssh node1'];
  return markup`<figure>${raw(qrCode(text))}<figcaption>${caption}</figcaption></figure>`;
}

function pageMarkup({ web }: CardRoom, words: Words): Markup | '' {
  if (!web) return '';
  return markup`<p class="web"><b>${words.page}</b> <span dir="ltr">${web.url}</span>${tokenMarkup(web, words)}</p>`;
}

export function tokenMarkup({ token }: { readonly token: string }, words: Words): Markup | '' {
  return token === '' ? '' : markup`<br><span dir="auto">${words.token}</span> <code dir="ltr">${token}</code>`;
}

function wifiMarkup({ wifi }: CardRoom, words: Words): Markup | '' {
  if (!wifi) return '';
  const password = wifi.password === ''
    ? ''
    : markup`<br><b>${words.password}</b> <code dir="ltr">${wifi.password}</code>`;
  return markup`<section class="wifi">
    <svg class="code" aria-hidden="true"><use href="#wifi"/></svg>
    <p><b>${words.network}</b> <span dir="auto">${wifi.name}</span>${password}</p>
  </section>`;
}

/** It is the same on all cards, so it stands in the document once. */
export function wifiSymbol({ wifi }: CardRoom): Markup | '' {
  if (!wifi) return '';
  const code = qrCode(wifiText(wifi)).replace('<svg ', '<svg><symbol id="wifi" ').replace('</svg>', '</symbol></svg>');
  return markup`<div hidden>${raw(code)}</div>`;
}

/** `25 novembre 2026`. */
export function dateIn({ date, language }: CardRoom): string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
  return format.format(new Date(`${date}T00:00:00Z`));
}
