import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/service/log.ts';
import { createUpstreamRecord } from '../../src/upstream/record.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Batch, Store } from '../../src/store/store.ts';
import { createJournal } from '../../src/worker/journal.ts';
import { createRecorder, createWorkerId, type Recorder, type RecorderOptions } from '../../src/worker/recorder.ts';
import { someCoins } from '../../testkit/coins.ts';

const never = new AbortController().signal;
const unit = (hashes = 1) => ({ hashes, coins: [] });

function create(store: Pick<Store, 'record'>, changes: Partial<RecorderOptions> = {}): Recorder {
  return createRecorder({
    store,
    seen: createUpstreamRecord('store', silentLog),
    unitsPerBatch: 1,
    deadline: never,
    journal: createJournal({ newId: sequenceOfIds() }),
    ...changes,
  });
}

function sequenceOfIds(): () => string {
  let n = 0;
  return () => `worker-${++n}`;
}

test('units become batches 1, 2, 3 … of one worker', async () => {
  const batches: Batch[] = [];
  const recorder = create({
    record: (batch) => {
      batches.push(batch);
      return Promise.resolve({ outcome: 'recorded', last: batch.sequence, created: 0, duplicates: 0 });
    },
  });
  await Promise.all([recorder.add(unit(5)), recorder.add(unit(6)), recorder.add(unit(7))]);
  assert.deepEqual(batches.map(({ worker, sequence, hashes }) => [worker, sequence, hashes]), [
    ['worker-1', 1, 5],
    ['worker-1', 2, 6],
    ['worker-1', 3, 7],
  ]);
});

test('one batch is sent at a time, and what is ready meanwhile becomes the next', async () => {
  const store = openSqliteStore(':memory:');
  let inFlight = 0;
  const batches: Batch[] = [];
  const slow: Pick<Store, 'record'> = {
    record: async (batch) => {
      assert.equal(++inFlight, 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      inFlight--;
      batches.push(batch);
      return await store.record(batch);
    },
  };
  const recorder = create(slow, { unitsPerBatch: Infinity });
  const coins = someCoins(4);
  await Promise.all(coins.map((coin) => recorder.add({ hashes: 10, coins: [coin] })));
  assert.deepEqual(batches.map(({ hashes, coins }) => [hashes, coins.length]), [[10, 1], [30, 3]]);
  assert.equal((await store.totals()).coins, 4);
});

test('a batch whose answer was lost is sent again unchanged, and counts once', async () => {
  const store = openSqliteStore(':memory:');
  let calls = 0;
  const lossy: Pick<Store, 'record'> = {
    record: async (batch) => {
      const answer = await store.record(batch);
      if (++calls % 2 === 1) throw new Error('the connection was cut');
      return answer;
    },
  };
  const recorder = create(lossy);
  await Promise.all([recorder.add(unit(5)), recorder.add(unit(6))]);
  assert.equal((await store.totals()).hashes, 11);
  assert.equal(calls, 4);
});

test('a store that has gone back gets again what the worker keeps, and nothing counts twice', async () => {
  let store = openSqliteStore(':memory:');
  const recorder = create({ record: (batch) => store.record(batch) });
  for (let n = 0; n < 5; n++) await recorder.add(unit(1));
  store = openSqliteStore(':memory:');
  await recorder.add(unit(10));
  assert.equal((await store.totals()).hashes, 15);
  assert.equal(recorder.lostBatches(), 0);
  assert.equal(recorder.id(), 'worker-1');
});

test('a store that has lost what the worker does not keep gets the rest under a new id, and the loss is counted', async () => {
  let store = openSqliteStore(':memory:');
  const journal = createJournal({ newId: sequenceOfIds() });
  const recorder = create({ record: (batch) => store.record(batch) }, { journal });
  for (let n = 0; n < 5; n++) await recorder.add(unit(1));
  recorder.settle('worker-1', 3);
  store = openSqliteStore(':memory:');
  await recorder.add(unit(10));
  assert.equal((await store.totals()).hashes, 12);
  assert.equal(recorder.lostBatches(), 3);
  assert.equal(recorder.id(), 'worker-2');
  assert.deepEqual(await store.record({ worker: 'worker-1', sequence: 1, hashes: 1, coins: [] }), {
    outcome: 'closed',
    last: 0,
  });
});

test('what cannot be sent until the deadline is dropped, and told', async () => {
  const deadline = new AbortController();
  const recorder = create({ record: () => new Promise(() => {}) }, { deadline: deadline.signal });
  const adding = [recorder.add(unit(5)), recorder.add(unit(6))];
  setTimeout(() => deadline.abort(new Error('over')), 50);
  assert.deepEqual((await recorder.finish()).map(({ hashes }) => hashes), [5, 6]);
  await Promise.all(adding);
});

test('what comes after the deadline is dropped at once, each time', async () => {
  const deadline = new AbortController();
  deadline.abort(new Error('over'));
  const recorder = create({ record: () => new Promise(() => {}) }, { deadline: deadline.signal });
  for (let n = 0; n < 3; n++) await recorder.add(unit(n + 1));
  assert.deepEqual((await recorder.finish()).map(({ hashes }) => hashes), [1, 2, 3]);
});

test('what is seen of the store is recorded: its answers and its failures', async () => {
  const seen = createUpstreamRecord('store', silentLog);
  let calls = 0;
  const recorder = create({
    record: () =>
      ++calls < 3
        ? Promise.reject(new Error('no'))
        : Promise.resolve({ outcome: 'recorded', last: 1, created: 0, duplicates: 0 }),
  }, { seen });
  await recorder.add(unit());
  assert.equal(seen.state().errors, 2);
  assert.equal(seen.state().ok, false);
});

test('two ids of one host differ', () => {
  assert.notEqual(createWorkerId(), createWorkerId());
  assert.match(createWorkerId(), /^[\w.-]+-[0-9a-f]{12}$/);
});
