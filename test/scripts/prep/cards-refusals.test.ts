/** No card is better than a wrong one: what is refused, and how it is told. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeRoom } from '../../../testkit/room.ts';

const REFUSED: readonly (readonly [what: string, settings: Record<string, unknown>, args: string[], rule: RegExp])[] = [
  ['an event of two lines', { event: 'a\nb' }, [], /room\.yml: event must be text in one line/],
  ['a login that is none', { login: 'a b' }, [], /room\.yml: login must be a user name/],
  ['a paper that is none', {}, ['--paper', 'A3'], /the flags: paper must be A4 or Letter; got "A3"/],
  [
    'a language without words',
    { language: 'tlh' },
    [],
    /no words for the language "tlh": there are en, fr, and words\.yml/,
  ],
  ['a code of something else', {}, ['--qr', 'password'], /--qr takes ssh or web; got "password"/],
  ['the page before there is one', {}, ['--qr', 'web'], /--qr web needs a web server: prep\.mjs www/],
];

for (const [what, settings, args, rule] of REFUSED) {
  test(`${what} is refused by name`, async (t) => {
    const room = await makeRoom(t, { clusters: 1 });
    await writeFile(join(room.folder, 'room.yml'), JSON.stringify({ clusterSize: 5, login: 'ubuntu', ...settings }));
    const { code, output: text } = await room.prep('cards', ...args);
    assert.equal(code, 2, text);
    assert.match(text, rule);
    assert.ok(!readdirSync(room.folder).includes('cards'));
  });
}

test('a card is never made with a part missing', async (t) => {
  const room = await makeRoom(t, { clusters: 2 });
  await writeFile(join(room.folder, '.workshop', 'passwords.json'), JSON.stringify({ c1: room.passwords.c1 }));
  const open = await room.prep('cards');
  assert.deepEqual([open.code, /no password for c2: prep\.mjs copykey/.test(open.output)], [2, true]);
  assert.equal((await room.prep('cards', '--no-passwords', '--dry-run')).code, 0);
  await rm(join(room.folder, '.workshop', 'known_hosts'));
  const unknown = await room.prep('cards');
  assert.deepEqual([unknown.code, /recorded for c1, c2: prep\.mjs check --accept-new/.test(unknown.output)], [2, true]);
  const verified = await room.prep('cards', '--verify');
  assert.deepEqual([verified.code, /no cards to verify: prep\.mjs cards/.test(verified.output)], [2, true]);
});

test('words.yml has more languages, in either direction, and what is wrong with one is said', async (t) => {
  const room = await makeRoom(t, { clusters: 1, settings: { language: 'de-CH' } });
  const german = {
    ...{ seat: 'Platz', instructor: 'Kursleitung', spare: 'Reserve', login: 'Anmelden an node1', password: 'Passwort' },
    ...{ noPassword: 'mit Ihrem Schlüssel', fingerprint: 'Fingerabdruck von node1', compare: 'Nur hierzu yes sagen' },
    ...{
      network: 'WLAN',
      page: 'Die Kapitel',
      token: 'ein Name, und dieses Passwort',
      sheet: 'Nur für die Kursleitung',
    },
    nodes: 'Knoten',
  };
  const say = (words: object) => writeFile(join(room.folder, 'words.yml'), JSON.stringify({ de: words }));
  await say(german);
  assert.equal((await room.prep('cards', '--dry-run')).code, 0);
  await say({ ...german, seat: undefined });
  assert.match((await room.prep('cards')).output, /^Cannot read words\.yml: de needs seat: text in one line/m);
  await say({ ...german, seats: 'Plätze' });
  assert.match(
    (await room.prep('cards')).output,
    /^Cannot read words\.yml: de has no word seats; there are direction, seat,/m,
  );
  await say({ ...german, direction: 'down' });
  assert.match((await room.prep('cards')).output, /^Cannot read words\.yml: de: direction is ltr or rtl$/m);
});
