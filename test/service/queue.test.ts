import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createQueue, QueueFullError } from '../../src/service/queue.ts';

const stays = (): AbortSignal => new AbortController().signal;

test('a queue without delay and width has nothing to wait for', () => {
  assert.equal(createQueue({ delayMs: 0 }).pass(() => assert.fail('a signal costs')), undefined);
});

test('a queue of width 1 serves one after the other, in order', async () => {
  const queue = createQueue({ delayMs: 20, width: 1 });
  const started = performance.now();
  const done: number[] = [];
  const all = [1, 2, 3, 4].map(async (n) => {
    await queue.pass(stays);
    done.push(n);
  });
  assert.equal(queue.waiting(), 3);
  await Promise.all(all);
  assert.deepEqual(done, [1, 2, 3, 4]);
  assert.ok(performance.now() - started > 75, 'four of 20 ms take about 80 ms');
  assert.equal(queue.waiting(), 0);
});

test('a queue of width 0 serves all at once', async () => {
  const queue = createQueue({ delayMs: 30 });
  const started = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => queue.pass(stays)));
  assert.ok(performance.now() - started < 300, 'not 20 times 30 ms');
});

test('a full queue keeps its rate: late timers do not add up', async () => {
  const queue = createQueue({ delayMs: 10, width: 1 });
  const started = performance.now();
  await Promise.all(Array.from({ length: 60 }, () => queue.pass(stays)));
  const took = performance.now() - started;
  assert.ok(Math.abs(took - 600) < 30, `60 of 10 ms took ${took} ms`);
});

test('who hangs up leaves the queue, waiting or being served', async () => {
  const queue = createQueue({ delayMs: 10_000, width: 1 });
  const [served, waiting] = [new AbortController(), new AbortController()];
  const first = queue.pass(() => served.signal)!;
  const second = queue.pass(() => waiting.signal)!;
  const third = queue.pass(stays)!;
  assert.equal(queue.waiting(), 2);
  waiting.abort();
  await assert.rejects(second, { name: 'AbortError' });
  assert.equal(queue.waiting(), 1);
  served.abort();
  await assert.rejects(first, { name: 'AbortError' });
  assert.equal(queue.waiting(), 0, 'the third is being served now');
  queue.hurry();
  await third;
});

test('a request whose client is gone already never enters', async () => {
  const queue = createQueue({ delayMs: 10_000, width: 1 });
  await assert.rejects(queue.pass(() => AbortSignal.abort())!, { name: 'AbortError' });
  queue.hurry();
  await queue.pass(stays);
});

test('a queue that is full says so, and when to come back', async () => {
  const queue = createQueue({ delayMs: 1000, width: 1, limit: 2 });
  const all = [queue.pass(stays), queue.pass(stays), queue.pass(stays)];
  assert.throws(() => queue.pass(stays), (error) => {
    assert.ok(error instanceof QueueFullError);
    assert.equal(error.message, 'Cannot take the request: 2 are waiting already');
    assert.equal(error.retryAfterSeconds, 2);
    return true;
  });
  queue.hurry();
  await Promise.all(all);
});

test('hurry() lets everybody through at once, and whoever comes later', async () => {
  const queue = createQueue({ delayMs: 10_000, width: 1 });
  const all = Array.from({ length: 60 }, () => queue.pass(stays));
  await sleep(10);
  const started = performance.now();
  queue.hurry();
  await Promise.all(all);
  await queue.pass(stays);
  assert.ok(performance.now() - started < 2000);
});
