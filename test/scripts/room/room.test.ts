/** Clusters and their numbers, as a journal tells them; who is selected. */
import assert from 'node:assert/strict';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Entry, readJournal, writeJournal } from '../../../scripts/lib/room/journal.ts';
import { clustersIn, machinesOf, numberNew } from '../../../scripts/lib/room/room.ts';
import { selectMachines } from '../../../scripts/lib/room/select.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';

const hosts = (...names: readonly string[]) => names.map((address) => ({ address }));

const ROOM: readonly Entry[] = [
  { kind: 'clusters', clusters: { c1: ['a1', 'a2'], c2: ['b1', 'me@b2'], c10: ['d1', 'd2'], c9: ['e1', 'e2'] } },
  { kind: 'role', cluster: 'c10', role: 'instructor' },
  { kind: 'role', cluster: 'c9', role: 'spare' },
];

const names = (entries: readonly Entry[], ...selectors: readonly string[]): string => {
  const hasFailed = ({ name }: { name: string }): boolean => name === 'c2:n2' || name === 'c9:n1';
  return selectMachines(machinesOf(clustersIn(entries)), selectors, { hasFailed }).map(({ name }) => name).join(' ');
};

test('numbers begin at c1, go on after the last, and stay with their machines', () => {
  const options = { clusterSize: 2, smaller: false };
  const first = numberNew([], hosts('a', 'b', 'c', 'd'), options);
  assert.deepEqual(first, { c1: ['a', 'b'], c2: ['c', 'd'] });
  const clusters = clustersIn([{ kind: 'clusters', clusters: first }]);
  assert.deepEqual(numberNew(clusters, hosts('d', 'x', 'c', 'b', 'a', 'y'), options), { c3: ['x', 'y'] });
  assert.deepEqual(numberNew(clusters, hosts('b'), options), {});
});

test('a remainder is refused, or makes a smaller cluster', () => {
  assert.throws(() => numberNew([], hosts('a', 'b', 'c'), { clusterSize: 2, smaller: false }), {
    name: 'RangeError',
    message: 'Cannot make clusters of 2 machines out of 3: 1 would be left over; take them out of the list, or say ' +
      '--smaller for a last cluster with fewer',
  });
  assert.deepEqual(numberNew([], hosts('a', 'b', 'c'), { clusterSize: 2, smaller: true }), {
    c1: ['a', 'b'],
    c2: ['c'],
  });
});

test('a login that stands before an address stays with it', () => {
  const { c1 } = numberNew([], [{ address: '10.0.0.7', login: 'ubuntu' }], { clusterSize: 1, smaller: false });
  assert.deepEqual(c1, ['ubuntu@10.0.0.7']);
  assert.deepEqual(clustersIn([{ kind: 'clusters', clusters: { c1: c1! } }])[0]!.hosts, [
    { address: '10.0.0.7', login: 'ubuntu' },
  ]);
});

test("after a swap the seat has the machines of the spare, and the bad ones are nobody's", () => {
  const after = clustersIn([...ROOM, { kind: 'swap', cluster: 'c1', spare: 'c9' }]);
  assert.deepEqual(
    after.map(({ name, role, hosts }) => `${name} ${role} ${hosts.map(({ address }) => address).join()}`),
    [
      ...['c1 student e1,e2', 'c2 student b1,b2', 'c10 instructor d1,d2'],
    ],
  );
});

test('all are meant where nothing is said: students, then the instructor, then spares', () => {
  assert.equal(names(ROOM), 'c1:n1 c1:n2 c2:n1 c2:n2 c10:n1 c10:n2 c9:n1 c9:n2');
});

const selections: Readonly<Record<string, string>> = {
  'c2': 'c2:n1 c2:n2',
  'c2:n2 c1:n1 c2:n2': 'c1:n1 c2:n2',
  'n1': 'c1:n1 c2:n1 c10:n1 c9:n1',
  'first': 'c1:n1 c1:n2',
  'last:n2': 'c2:n2',
  'instructor': 'c10:n1 c10:n2',
  'spare': 'c9:n1 c9:n2',
  'failed': 'c2:n2 c9:n1',
  'b2': 'c2:n2',
};

for (const [selectors, expected] of Object.entries(selections)) {
  test(`${selectors} means ${expected}`, () => assert.equal(names(ROOM, ...selectors.split(' ')), expected));
}

for (const selector of ['c3', 'c1:n3', 'c0', ':', '', 'node1', 'a1;reboot']) {
  test(`${JSON.stringify(selector)} selects nothing, and is refused`, () => {
    const start = `No machine of the room is ${
      JSON.stringify(selector)
    }: a selector is c3, c3:n1, n1 (of every cluster)`;
    assert.throws(() => names(ROOM, selector), (error: Error) => error.message.startsWith(start));
  });
}

test('a journal gives back what was written, without a last line that was cut off', async (t) => {
  const folder = await temporaryFolder(t);
  assert.deepEqual(readJournal(folder), []);
  for (const entry of ROOM) writeJournal(entry, folder);
  await appendFile(join(folder, '.workshop', 'journal.jsonl'), '{"at":"2026-11-25T');
  assert.deepEqual(readJournal(folder).map(({ at: _, ...entry }) => entry), ROOM);
  await appendFile(join(folder, '.workshop', 'journal.jsonl'), '\n{}\n');
  assert.throws(
    () => readJournal(folder),
    /^SyntaxError: Cannot read .*journal\.jsonl, line 4: a line holds one JSON object$/,
  );
});
