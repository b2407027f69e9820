/** The cards: what stands on them, that it fits, that machines read it, and that a second time gives the same bytes. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openPage, unlessChromium } from '../../../testkit/browser.ts';
import { output } from '../../../testkit/docker.ts';
import { findProgram, type Scope, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';
import { makeRoom, type RoomFolder } from '../../../testkit/room.ts';
import { runScript } from '../../../testkit/script.ts';

const unlessPdf = unlessChromium || unlessInstalled('pdftotext', 'apt-get install poppler-utils');
const unlessZbar = unlessInstalled('zbarimg', 'apt-get install zbar-tools');

/** What a PDF says, each word as it can be copied, without the marks of a writing direction. */
async function textOf(file: string): Promise<string> {
  const text = await output(['pdftotext', '-raw', file, '-']);
  return text.normalize('NFC').replaceAll(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '');
}

async function countPages(file: string): Promise<number> {
  return Number(/^Pages: +(\d+)$/m.exec(await output(['pdfinfo', file]))![1]);
}

async function codesIn(t: Scope, file: string): Promise<string[]> {
  const folder = await temporaryFolder(t);
  await output(['pdftoppm', '-r', '200', '-png', file, join(folder, 'page')]);
  const pages = readdirSync(folder).sort().map((name) => join(folder, name));
  return (await output(['zbarimg', '--nodbus', '--quiet', '--raw', ...pages])).split('\n');
}

async function makeCards({ folder, prep }: RoomFolder, ...args: string[]): Promise<string> {
  const { code, output: text } = await prep('cards', ...args);
  assert.equal(code, 0, text);
  return join(folder, 'cards');
}

test('a card for each cluster, in a PDF that says every address, password and fingerprint as it can be copied', {
  skip: unlessPdf,
}, async (t) => {
  const room = await makeRoom(t, {
    clusters: 8,
    settings: { event: 'Été à l’école', date: '2026-11-25', language: 'fr' },
  });
  await room.prep('instructor', 'c8');
  await room.prep('spares', '1');
  const folder = await makeCards(room);
  assert.equal(await countPages(join(folder, 'cards.pdf')), 2);
  for (const file of ['cards.pdf', 'instructor.pdf']) {
    const words = new Set((await textOf(join(folder, file))).split(/\s+/));
    const fingerprints = (await output(['ssh-keygen', '-l', '-f', join(room.folder, '.workshop', 'known_hosts')]))
      .split('\n').filter((_, at) => at % 5 === 0).map((line) => line.split(' ')[1]!);
    assert.equal(fingerprints.length, 8);
    for (const word of [...room.addresses, ...Object.values(room.passwords)]) {
      assert.ok(words.has(word), `${file}: ${word}`);
    }
    const text = [...words].join('');
    for (const one of fingerprints) assert.ok(text.includes(one), `${file}: ${one}`);
    assert.match([...words].join(' '), /Été à l’école.*25 novembre 2026/);
  }
  const front = await textOf(join(folder, 'cards.pdf'));
  assert.deepEqual(front.match(/(Réserve|Formateur) Place \d/g), ['Réserve Place 7', 'Formateur Place 8']);
  assert.match(await textOf(join(folder, 'instructor.pdf')), /Réservé au formateur[^]*^c7 Réserve/m);
  assert.equal(
    await output(['pdffonts', join(folder, 'cards.pdf')]).then((fonts) =>
      / no +(yes|no) +(yes|no) +\d+ +\d+$/m.test(fonts)
    ),
    false,
    'all fonts are in it',
  );
});

test('the same room gives the same bytes, and only its owner may read them', { skip: unlessPdf }, async (t) => {
  const room = await makeRoom(t, { clusters: 2, settings: { wifi: { name: 'a', password: 'b' } } });
  const folder = await makeCards(room);
  const read = () =>
    Object.fromEntries(readdirSync(folder).sort().map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
  const first = read();
  assert.deepEqual(Object.keys(first), [
    ...['cards.csv', 'cards.html', 'cards.pdf', 'instructor.html', 'instructor.pdf', 'ssh_config'],
  ]);
  await makeCards(room);
  assert.deepEqual(read(), first);
  // Of this second, both would be the same by chance.
  for (const name of ['cards.pdf', 'instructor.pdf']) {
    const dates = first[name]!.match(/\(D:\d{14}[^)]*\)/g)!;
    assert.ok(dates.length > 0 && dates.every((date) => date.startsWith('(D:20000101000000')), dates.join());
  }
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of Object.keys(first)) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
});

test('phones read the codes: ssh:// and the network, whatever is in its name, and never the password', {
  skip: unlessPdf || unlessZbar,
}, async (t) => {
  const wifi = { name: 'Class; room: "A", \\1', password: 'it\'s, "a" secret;' };
  const room = await makeRoom(t, { clusters: 7, settings: { wifi } });
  const codes = await codesIn(t, join(await makeCards(room), 'cards.pdf'));
  const network = String.raw`WIFI:T:WPA;S:Class\; room\: \"A\"\, \\1;P:it's\, \"a\" secret\;;;`;
  const ways = room.addresses.filter((_, at) => at % 5 === 0).map((address) => `ssh://ubuntu@${address}`);
  assert.deepEqual(codes.sort(), [...Array(7).fill(network), ...ways].sort());
});

const LONG = {
  'long names and 12 nodes': {
    size: 12,
    address: (at: number) => `node-${at}.a-very-long-name-of-a-department.training-centre-of-the-north.example.org`,
    settings: {
      event: `${'W'.repeat(60)} ${'é'.repeat(39)}`,
      login: 'instructeur_au_nom_tres_long_123',
      language: 'fr',
    },
  },
  '12 nodes with IPv6': {
    size: 12,
    address: (at: number) => `2001:db8:1234:5678:9abc:def0:1234:${at + 4096}`,
    settings: {},
  },
  '40 nodes': { size: 40, settings: {} },
  'an event from right to left': {
    settings: { event: 'ورشة عمل التنسيق على نطاق واسع', wifi: { name: 'שלום עולם', password: '' } },
  },
} as const;

/** In the page, which knows a DOM. */
const FONT_SIZES =
  `[...document.querySelectorAll('.card')].map((one) => parseFloat(getComputedStyle(one).fontSize) * 0.75)`;

/** A printer's margin, points (1/72 inch). */
const MARGIN = 10 / 25.4 * 72;

/** Every word of the PDF lies within one card, and each card has a password of its own, and what stands at its end. */
async function assertInCells(
  file: string,
  { rows, passwords }: { rows: number; passwords: readonly string[] },
): Promise<void> {
  const found = new Map<string, string[]>();
  const pages = (await output(['pdftotext', '-bbox', file, '-'])).split('<page ').slice(1);
  for (const [number, page] of pages.entries()) {
    const [width, height] = [...page.matchAll(/^width="([\d.]+)" height="([\d.]+)"/g)][0]!.slice(1).map(Number);
    const column = (x: number): number => Math.floor((x - MARGIN) / ((width! - 2 * MARGIN) / 2));
    const row = (y: number): number => Math.floor((y - MARGIN) / ((height! - 2 * MARGIN) / rows));
    for (const [, box, word] of page.matchAll(/<word ([^>]*)>([^<]*)</g)) {
      const [xMin, yMin, xMax, yMax] = box!.match(/[\d.]+/g)!.map(Number) as [number, number, number, number];
      const cells = [[xMin, yMin], [xMax, yMax]].map(([x, y]) => `${column(x!)} ${row(y!)}`);
      assert.equal(cells[0], cells[1], `${file}: ${word} lies on a cut line`);
      const cell = `${number} ${cells[0]}`;
      found.set(cell, [...found.get(cell) ?? [], word!]);
    }
  }
  const seen = [...found.values()].map((words) => words.filter((word) => passwords.includes(word)));
  assert.deepEqual(seen.sort(), passwords.map((one) => [one]).sort());
  for (const words of found.values()) assert.ok(words.includes('Wifi'), `${file}: a card has lost its end`);
}

for (const [what, options] of Object.entries(LONG)) {
  test(`${what} fit on Letter and A4`, { skip: unlessPdf }, async (t) => {
    const wifi = { name: 'n'.repeat(32), password: 'p'.repeat(63) };
    const settings = { wifi, webToken: 'T'.repeat(64), ...options.settings };
    const room = await makeRoom(t, { clusters: 3, ...options, settings });
    for (const paper of ['Letter', 'A4']) {
      const folder = await makeCards(room, '--paper', paper);
      const { page } = await openPage(t, pathToFileURL(join(folder, 'cards.html')).href);
      const points = await page.evaluate(FONT_SIZES) as number[];
      assert.ok(points.length === 3 && points.every((one) => one >= 6), `${points.join()} points`);
      const rows = Number(await page.evaluate(`document.querySelector('.page').style.getPropertyValue('--rows')`));
      await assertInCells(join(folder, 'cards.pdf'), { rows, passwords: Object.values(room.passwords) });
      const squeezed = (await textOf(join(folder, 'cards.pdf'))).replaceAll(/\s/g, '');
      for (const address of room.addresses) assert.ok(squeezed.includes(address), address);
      for (const text of Object.values(options.settings)) {
        if (typeof text === 'string' && text !== 'fr') assert.ok(squeezed.includes(text.split(' ')[0]!), text);
      }
    }
  });
}

test('what is selected and copied is the password, without blanks', { skip: unlessChromium }, async (t) => {
  const room = await makeRoom(t, { clusters: 1 });
  const folder = await makeCards(room);
  const { page, complaints, requests } = await openPage(t, pathToFileURL(join(folder, 'cards.html')).href);
  const selected = await page.evaluate(
    `getSelection().selectAllChildren(document.querySelector('.password')); getSelection().toString()`,
  );
  assert.equal(selected, room.passwords.c1);
  assert.deepEqual([complaints, requests.length], [[], 1], 'it takes nothing from anywhere');
});

test('250 clusters of five', { skip: unlessPdf }, async (t) => {
  const room = await makeRoom(t, { clusters: 250, settings: { wifi: { name: 'a', password: 'b' } } });
  const { code, output: text } = await runScript('prep', ['cards'], { cwd: room.folder, withinMs: 60_000 });
  assert.equal(code, 0, text);
  assert.equal(await countPages(join(room.folder, 'cards', 'cards.pdf')), Math.ceil(250 / 6));
  const words = new Set((await textOf(join(room.folder, 'cards', 'instructor.pdf'))).split(/\s+/));
  assert.deepEqual([...room.addresses, ...Object.values(room.passwords)].filter((word) => !words.has(word)), []);
});

test('one card alone, as after a swap; the sheet, the table and the configuration have all of them', {
  skip: unlessPdf,
}, async (t) => {
  const room = await makeRoom(t, { clusters: 3, size: 2 });
  const { output: text } = await room.prep('cards', 'c2', '--qr', 'ssh');
  assert.match(text, /^1 card on A4: cards.cards-c2\.pdf$/m);
  const folder = join(room.folder, 'cards');
  const words = (await textOf(join(folder, 'cards-c2.pdf'))).split(/\s+/);
  assert.deepEqual(room.addresses.map((address) => words.includes(address)), [false, false, true, true, false, false]);
  const [head, ...rows] = readFileSync(join(folder, 'cards.csv'), 'utf8').split('\r\n');
  assert.equal(head, 'cluster,role,node,address,port,login,password,key,fingerprint');
  assert.equal(rows.length, 7);
  assert.match(
    rows[2]!,
    new RegExp(`^c2,student,node1,${room.addresses[2]},,ubuntu,${room.passwords.c2},ED25519,SHA256:`),
  );
  const config = await output(['ssh', '-G', '-F', join(folder, 'ssh_config'), 'c2-n1']);
  assert.match(config, new RegExp(`^hostname ${room.addresses[2]}$`, 'm'));
  assert.match(config, /^user ubuntu$/m);
  assert.match(config, new RegExp(`^userknownhostsfile ${join(room.folder, '.workshop', 'known_hosts')}$`, 'm'));
});

test('where there is no Chromium, the HTML alone is made, and that is said', async (t) => {
  const room = await makeRoom(t, { clusters: 1 });
  const { code, output: text } = await runScript('prep', ['cards'], {
    ...{ cwd: room.folder, env: { PATH: await temporaryFolder(t) } },
  });
  assert.equal(code, 0, text);
  assert.match(text, /^1 card on A4: cards.cards\.html$[^]*^There is no Chromium here to make a PDF \(apt-get/m);
  assert.deepEqual(readdirSync(join(room.folder, 'cards')).filter((name) => name.endsWith('.pdf')), []);
});

test('--open hands what is to be printed to the program of the desktop (a stand-in)', {
  skip: process.platform !== 'linux' && 'only Linux has xdg-open',
}, async (t) => {
  const room = await makeRoom(t, { clusters: 1 });
  const PATH = await temporaryFolder(t);
  await symlink(findProgram('bash')!, join(PATH, 'bash'));
  await writeFile(join(PATH, 'xdg-open'), '#!/bin/sh\necho "$@" >opened\n', { mode: 0o755 });
  const { code, output: text } = await runScript('prep', ['cards', '--open'], { cwd: room.folder, env: { PATH } });
  assert.equal(code, 0, text);
  assert.equal(readFileSync(join(room.folder, 'opened'), 'utf8'), 'cards/cards.html\n');
  await rm(join(PATH, 'xdg-open'));
  const without = await runScript('prep', ['cards', '--open'], { cwd: room.folder, env: { PATH } });
  assert.deepEqual([without.code, /^Cannot open cards.cards\.html: /m.test(without.output)], [0, true]);
});

test(
  'what room.yml says is text: HTML, scripts and shell words in it stay what they are',
  { skip: unlessPdf },
  async (t) => {
    const event = `<script>document.title='x'</script> & "$(reboot)" \`id\` '; rm -rf / #`;
    const wifi = { name: '</svg><img src=x onerror=alert(1)>', password: '<b>&amp;' };
    const room = await makeRoom(t, { clusters: 1, settings: { event, wifi } });
    const folder = await makeCards(room);
    for (const name of ['cards', 'instructor']) {
      const { page, complaints, requests } = await openPage(t, pathToFileURL(join(folder, `${name}.html`)).href);
      assert.equal(await page.title(), event);
      assert.equal(await page.locator('.event b').textContent(), event);
      assert.equal(await page.locator('img, b b').count(), 0);
      assert.deepEqual([complaints, requests.length], [[], 1]);
      const squeezed = (await textOf(join(folder, `${name}.pdf`))).replaceAll(/\s/g, '');
      for (const text of [event, ...Object.values(wifi)]) {
        assert.ok(
          squeezed.includes(text.replaceAll(/\s/g, '')),
          text,
        );
      }
    }
  },
);
