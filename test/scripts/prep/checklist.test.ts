/** What a bare prep.mjs says: each step of the day, how far it is, and what comes next. */
import assert from 'node:assert/strict';
import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { makeRoom, type RoomFolder } from '../../../testkit/room.ts';
import { runScript } from '../../../testkit/script.ts';

interface Status {
  readonly steps: readonly { step: string; state: string; done: number; of: number; missing: string[] }[];
  readonly next: string;
}

async function statusOf({ prep }: RoomFolder): Promise<Status & { readonly states: Record<string, string> }> {
  const { stdout, output } = await prep('status', '--json');
  assert.ok(stdout.startsWith('{'), output);
  const found = JSON.parse(stdout) as Status;
  return { ...found, states: Object.fromEntries(found.steps.map(({ step, state }) => [step, state])) };
}

/** As the step would have written it, well for the first so many machines and badly for others. */
async function journal({ folder, addresses }: RoomFolder, step: string, ends: readonly string[]): Promise<void> {
  const at = new Date().toISOString();
  const begun = { at, kind: 'begin', run: step, step, args: [] };
  const ended = ends.map((end, index) => (
    { at, kind: 'step', run: step, step, address: addresses[index], end, detail: '', ms: 1 }
  ));
  const lines = [begun, ...ended].map((entry) => `${JSON.stringify(entry)}\n`);
  await appendFile(join(folder, '.workshop', 'journal.jsonl'), lines.join(''));
}

const all = (count: number, end = 'done'): string[] => Array.from({ length: count }, () => end);

test('before there is a room it says how one begins, and of one that is closed where its journal is', async (t) => {
  const folder = await temporaryFolder(t);
  const bare = await runScript('prep', [], { cwd: folder });
  assert.equal(bare.code, 0);
  assert.equal(
    bare.stdout,
    'There is no room here yet\nNext: vms.mjs create, or ips.txt with an address a line; then prep.mjs init\n',
  );
  await mkdir(join(folder, '.workshop', 'closed-20261125T170000Z'), { recursive: true });
  assert.match(
    (await runScript('prep', [], { cwd: folder })).stdout,
    /^The room is closed; .* is in \.workshop.closed-2026/,
  );
  await writeFile(join(folder, 'ips.txt'), '192.0.2.1\n');
  const listed = await runScript('prep', [], { cwd: folder });
  assert.match(listed.stdout, /^init +not done +0 of 1$[^]*^warm +not done +0 of 1$[^]*^Next: prep\.mjs init$/m);
});

test('each step is done, not done, or failed on so many hosts, and the next command goes where it is not', async (t) => {
  const room = await makeRoom(t, { clusters: 2, size: 2 });
  assert.equal((await statusOf(room)).next, 'prep.mjs check --accept-new');
  await journal(room, 'check', ['done', 'unreachable', 'done', 'failed']);
  const failed = await statusOf(room);
  assert.equal(failed.states.check, 'failed on 2 hosts');
  assert.equal(failed.next, 'prep.mjs check --accept-new --failed');
  const { code, stdout } = await room.prep();
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^check +failed on 2 hosts +2 of 4 +\d{4}-\d\d-\d\d \d\d:\d\d +c1:n2 unreachable, c2:n2 failed$/m,
  );
  await journal(room, 'check', all(4));
  assert.equal((await statusOf(room)).next, 'prep.mjs copykey');
  await journal(room, 'copykey', all(4));
  await journal(room, 'post', all(3));
  const part = await statusOf(room);
  assert.deepEqual([part.states.post, part.next], ['not done on 1 host', 'prep.mjs post --rest']);
  await journal(room, 'post', all(4));
  await journal(room, 'repository', ['done', 'done', 'done']);
  await journal(room, 'warm', all(4));
  assert.deepEqual((await statusOf(room)).next, 'prep.mjs www');
  await journal(room, 'www', all(1));
  assert.deepEqual((await statusOf(room)).next, 'prep.mjs cards');
  await room.prep('cards');
  assert.deepEqual((await statusOf(room)).next, 'prep.mjs cards --verify');
  await journal(room, 'verify', all(4));
  const ready = await statusOf(room);
  assert.equal(ready.next, 'The room is ready. At the end of the day: prep.mjs close');
  assert.deepEqual(new Set(Object.values(ready.states)), new Set(['done']));
  assert.deepEqual(ready.steps.map(({ step }) => step), [
    ...['init', 'check', 'copykey', 'post', 'repository', 'warm', 'www', 'cards', 'verify'],
  ]);
});

test('cards that say something else now are to be printed again, and then to be verified again', async (t) => {
  const room = await makeRoom(t, { clusters: 3, size: 1 });
  for (const step of ['check', 'copykey', 'post', 'repository', 'warm']) await journal(room, step, all(3));
  await journal(room, 'www', all(1));
  await room.prep('cards', '--language', 'fr', '--paper', 'Letter', '--qr', 'ssh');
  await journal(room, 'verify', all(3));
  assert.equal((await statusOf(room)).states.verify, 'done');
  await room.prep('cards', 'c2');
  const again = await statusOf(room);
  assert.deepEqual([again.states.cards, again.states.verify], ['done', 'not done on 1 host']);
  await journal(room, 'verify', all(3));

  await room.prep('spares', '1');
  assert.equal((await room.prep('swap', 'c2', '--yes')).code, 0);
  const swapped = await statusOf(room);
  // What is a machine's own stays; what belongs to a seat does not.
  assert.deepEqual(
    ['check', 'copykey', 'post', 'cards', 'verify'].map((step) => swapped.states[step]),
    ['done', 'not done on 1 host', 'not done on 1 host', 'not done for 1 cluster', 'not done on 1 host'],
  );
  assert.deepEqual(swapped.steps.find(({ step }) => step === 'cards')!.missing, ['c2']);
  assert.equal(swapped.next, 'prep.mjs copykey --rest');

  await writeFile(join(room.folder, 'room.yml'), JSON.stringify({ clusterSize: 1, login: 'ubuntu', event: 'Another' }));
  assert.equal((await statusOf(room)).states.cards, 'not done');
});

test('cards without passwords are cards, too', async (t) => {
  const room = await makeRoom(t, { clusters: 1, size: 1 });
  await room.prep('cards', '--no-passwords');
  assert.equal((await statusOf(room)).states.cards, 'done');
});

test('a name in room.yml makes its record a step of the day', async (t) => {
  const room = await makeRoom(t, { clusters: 1, size: 1, settings: { dnsName: 'room.example.org' } });
  assert.equal((await statusOf(room)).states.dns, 'not done');
  const settings = { provider: 'cli53', zone: 'example.org' };
  const entry = { at: new Date().toISOString(), kind: 'dns', settings, name: 'room.example.org' };
  const records = [{ type: 'A', address: room.addresses[0] }];
  const write = (one: object) =>
    appendFile(join(room.folder, '.workshop', 'journal.jsonl'), `${JSON.stringify(one)}\n`);
  await write({ ...entry, records });
  assert.equal((await statusOf(room)).states.dns, 'done');
  await write({ ...entry, records: [] });
  assert.equal((await statusOf(room)).states.dns, 'not done');
});

test('close takes the cards away, and nothing that somebody has put beside them', async (t) => {
  const room = await makeRoom(t, { clusters: 1, size: 1 });
  await room.prep('cards');
  await writeFile(join(room.folder, 'cards', 'notes.txt'), 'mine');
  await writeFile(join(room.folder, 'ips.txt'), '# all taken away\n');
  const { code, output } = await runScript('prep', ['close', '--yes'], {
    cwd: room.folder,
    env: { LAB_NAME: 'coinroom-none' },
  });
  assert.equal(code, 0, output);
  assert.deepEqual(await readdir(join(room.folder, 'cards')), ['notes.txt']);
});
