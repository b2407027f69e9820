import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retry } from '../../src/upstream/retry.ts';

const never = new AbortController().signal;

test('retry() gives the first success', async () => {
  let calls = 0;
  const flaky = (): Promise<string> => ++calls < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve('done');
  assert.equal(await retry(flaky, { signal: never, firstMs: 1 }), 'done');
  assert.equal(calls, 3);
});

test('retry() waits longer each time, up to a limit, and unevenly', async () => {
  const waits: number[] = [];
  const draws = [0, 0.5, 1, 0, 0.5, 1];
  let calls = 0;
  await retry(() => ++calls < 7 ? Promise.reject(new Error('no')) : Promise.resolve(), {
    signal: never,
    firstMs: 100,
    mostMs: 1000,
    random: () => draws[waits.length]!,
    clock: { sleep: (ms) => Promise.resolve(void waits.push(ms)) },
  });
  assert.deepEqual(waits, [50, 150, 400, 400, 750, 1000]);
});

test('retry() ends with the reason of its signal, while it waits or while it tries', async () => {
  const stop = new AbortController();
  const failing = retry(() => Promise.reject(new Error('no')), { signal: stop.signal, firstMs: 10_000 });
  const trying = retry(() => new Promise((_, reject) => setTimeout(() => reject(new Error('no')), 20)), {
    signal: stop.signal,
  });
  stop.abort(new Error('enough'));
  await assert.rejects(failing, { message: 'enough' });
  await assert.rejects(trying, { message: 'enough' });
});
