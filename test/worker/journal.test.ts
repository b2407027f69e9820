import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../../src/store/store.ts';
import { createJournal, type Entry, type Journal } from '../../src/worker/journal.ts';
import { someCoins } from '../../testkit/coins.ts';

const entry = (hashes: number): Entry => ({ hashes, coins: [] });
const recorded = (last: number): Answer => ({ outcome: 'recorded', last, created: 0, duplicates: 0 });

function create(keepMs = 5000): Journal {
  let n = 0;
  return createJournal({ newId: () => `id${++n}`, keepMs });
}

/** Adds entries and has each recorded at `storeMs`. */
function recordAll(journal: Journal, count: number, storeMs = 0): void {
  for (let n = 0; n < count; n++) {
    journal.add(entry(100 + n));
    journal.answered(recorded(journal.next()!.sequence), storeMs);
  }
}

/** What would be sent until the store has all: id, sequence and hashes of each batch. */
function sendAll(journal: Journal): [string, number, number][] {
  const sent: [string, number, number][] = [];
  for (let batch = journal.next(); batch; batch = journal.next()) {
    sent.push([batch.worker, batch.sequence, batch.hashes]);
    journal.answered(recorded(batch.sequence), 0);
  }
  return sent;
}

test('the batch to send stays the same until it is answered', () => {
  const journal = create();
  assert.equal(journal.next(), undefined);
  journal.add(entry(5));
  journal.add(entry(6));
  assert.deepEqual(journal.next(), { worker: 'id1', sequence: 1, hashes: 5, coins: [] });
  assert.deepEqual(journal.next(), { worker: 'id1', sequence: 1, hashes: 5, coins: [] });
  assert.deepEqual(journal.answered(recorded(1), 0), { kind: 'recorded' });
  assert.deepEqual(journal.next(), { worker: 'id1', sequence: 2, hashes: 6, coins: [] });
});

test('after a gap what is kept is sent again under the same numbers', () => {
  const journal = create();
  recordAll(journal, 3);
  journal.add(entry(7));
  assert.deepEqual(journal.answered({ outcome: 'gap', last: 1 }, 0), { kind: 'resent', batches: 2 });
  assert.deepEqual([1, 2, 3, 4].map(journal.isAcknowledged), [true, false, false, false]);
  assert.deepEqual(sendAll(journal), [['id1', 2, 101], ['id1', 3, 102], ['id1', 4, 7]]);
  assert.equal(journal.lostBatches(), 0);
});

test('after a gap that is not kept any more the rest goes under a new id that closes the old one; the loss is counted', () => {
  const journal = create(1000);
  recordAll(journal, 4);
  recordAll(journal, 2, 1000);
  journal.add(entry(7));
  assert.deepEqual(journal.answered({ outcome: 'gap', last: 1 }, 1000), { kind: 'renamed', before: 'id1' });
  assert.deepEqual(journal.next(), {
    worker: 'id2',
    sequence: 1,
    hashes: 100,
    coins: [],
    closes: [{ worker: 'id1', last: 1 }],
  });
  assert.deepEqual(sendAll(journal), [['id2', 1, 100], ['id2', 2, 101], ['id2', 3, 7]]);
  assert.equal(journal.lostBatches(), 3);
});

test('a late batch of the old id that arrives before the closing is not sent again', () => {
  const journal = create(1000);
  recordAll(journal, 4);
  recordAll(journal, 2, 1000);
  journal.answered(journal.next() === undefined ? recorded(6) : recorded(6), 1000);
  journal.add(entry(7));
  journal.answered({ outcome: 'gap', last: 1 }, 1000);
  assert.deepEqual(journal.answered({ outcome: 'moved', last: 0, lasts: [5] }, 1000), {
    kind: 'renamed',
    before: 'id2',
  });
  assert.deepEqual(journal.next(), {
    worker: 'id3',
    sequence: 1,
    hashes: 101,
    coins: [],
    closes: [{ worker: 'id1', last: 5 }, { worker: 'id2', last: 0 }],
  });
  assert.deepEqual(sendAll(journal), [['id3', 1, 101], ['id3', 2, 7]]);
  assert.equal(journal.lostBatches(), 0, 'the store has the first four after all');
});

test('a store that goes back behind the closing gets the first batch again, and then all that it says it misses', () => {
  const journal = create(1000);
  recordAll(journal, 2);
  recordAll(journal, 1, 1000);
  journal.add(entry(7));
  journal.answered({ outcome: 'gap', last: 1 }, 1000);
  sendAll(journal);
  assert.equal(journal.lostBatches(), 1);
  journal.add(entry(8));
  assert.deepEqual(journal.answered({ outcome: 'gap', last: 0 }, 1000), { kind: 'resent', batches: 2 });
  assert.equal(journal.next()!.closes?.length, 1);
  journal.answered({ outcome: 'moved', last: 0, lasts: [0] }, 1000);
  assert.deepEqual(journal.next()!.closes, [{ worker: 'id1', last: 0 }, { worker: 'id2', last: 0 }]);
  assert.deepEqual(sendAll(journal), [['id3', 1, 100], ['id3', 2, 7], ['id3', 3, 8]]);
  assert.equal(journal.lostBatches(), 2);
});

test('a stale answer says that a late message has done the work', () => {
  const journal = create();
  for (const hashes of [1, 2, 3]) journal.add(entry(hashes));
  assert.deepEqual(journal.answered({ outcome: 'stale', last: 2 }, 0), { kind: 'recorded' });
  assert.deepEqual(sendAll(journal), [['id1', 3, 3]]);
});

test('an acknowledged entry is kept until the store has run for the time, one that is not is kept for ever', () => {
  const journal = create(5000);
  const coins = [{ hash: '0', origin: new Uint8Array(0) }];
  journal.add({ hashes: 1, coins });
  journal.answered(recorded(1), 100);
  journal.add({ hashes: 1, coins });
  journal.answered(recorded(2), 5099);
  assert.equal(journal.keptCoins(), 2);
  journal.add({ hashes: 1, coins });
  journal.answered(recorded(3), 5100);
  assert.equal(journal.keptCoins(), 2);
  journal.add({ hashes: 1, coins });
  assert.equal(journal.keptCoins(), 3);
  assert.deepEqual(journal.unsent(), [{ hashes: 1, coins }]);
});

test('what is on the disk for good is not kept', () => {
  const journal = create();
  recordAll(journal, 4);
  journal.settle('id1', 2);
  journal.answered({ outcome: 'gap', last: 2 }, 0);
  assert.deepEqual(sendAll(journal), [['id1', 3, 102], ['id1', 4, 103]]);
  journal.settle('another', 4);
  assert.deepEqual(journal.answered({ outcome: 'gap', last: 2 }, 0), { kind: 'resent', batches: 2 });
});

test('coins beyond the limit are not kept, however young', () => {
  let n = 0;
  const journal = createJournal({ newId: () => `id${++n}`, mostCoins: 10 });
  const coins = Array.from({ length: 4 }, () => ({ hash: '0', origin: new Uint8Array(0) }));
  for (let sequence = 1; sequence <= 50; sequence++) {
    journal.add({ hashes: 4, coins });
    journal.answered(recorded(sequence), 0);
  }
  assert.equal(journal.keptCoins(), 8);
});

test('a long life costs no more than what it keeps', () => {
  const journal = create(10);
  for (let sequence = 1; sequence <= 50_000; sequence++) {
    journal.add(entry(1));
    journal.answered(recorded(sequence), sequence);
  }
  journal.add(entry(2));
  journal.answered({ outcome: 'gap', last: 49_995 }, 50_001);
  assert.equal(sendAll(journal).length, 6);
});

test('what was sent, acknowledged and taken back under an id is told of it', () => {
  const journal = create();
  const account = (last: number, sent: number, hashes: number) => [
    { id: 'id1', last, sent, recorded: { hashes, coins: 0 } },
  ];
  assert.deepEqual(journal.names(), account(0, 0, 0));
  recordAll(journal, 3);
  assert.deepEqual(journal.names(), account(3, 3, 303));
  journal.add(entry(7));
  assert.deepEqual(journal.names(), account(3, 3, 303));
  journal.next();
  assert.deepEqual(journal.names(), account(3, 4, 303));
  journal.answered({ outcome: 'gap', last: 1 }, 0);
  assert.deepEqual(journal.names(), account(1, 4, 100));
  sendAll(journal);
  assert.deepEqual(journal.names(), account(4, 4, 310));
});

test('coins are told of an id as well', () => {
  const journal = create();
  journal.add({ hashes: 40, coins: someCoins(3) });
  journal.answered(recorded(journal.next()!.sequence), 0);
  assert.deepEqual(journal.names()[0]!.recorded, { hashes: 40, coins: 3 });
});

test('of an id with which the store came back too far, or further than it had acknowledged, no sums are told', () => {
  const journal = create(1000);
  recordAll(journal, 4);
  recordAll(journal, 2, 1000);
  journal.add(entry(7));
  journal.next();
  journal.answered({ outcome: 'gap', last: 1 }, 1000);
  journal.next();
  assert.deepEqual(journal.names(), [
    { id: 'id1', last: 1, sent: 7, recorded: undefined },
    { id: 'id2', last: 0, sent: 1, recorded: { hashes: 0, coins: 0 } },
  ]);
  journal.answered({ outcome: 'moved', last: 0, lasts: [5] }, 1000);
  sendAll(journal);
  assert.deepEqual(journal.names(), [
    { id: 'id1', last: 5, sent: 7, recorded: undefined },
    { id: 'id2', last: 0, sent: 1, recorded: { hashes: 0, coins: 0 } },
    { id: 'id3', last: 2, sent: 2, recorded: { hashes: 108, coins: 0 } },
  ]);
});
