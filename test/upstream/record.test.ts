import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/service/log.ts';
import { createUpstreamRecord } from '../../src/upstream/record.ts';

/** A record on a clock that is moved by hand, in ms. */
function create() {
  const clock = { ms: 0 };
  const record = createUpstreamRecord('rng', silentLog, { now: () => clock.ms, wallClock: () => 1e12 + clock.ms });
  const answerAt = (ms: number, instance = 'a'): void => {
    clock.ms = ms;
    record.succeeded({ ms: 100, instance, queue: 0 });
  };
  return { clock, record, answerAt };
}

test('a steady 3.33 requests a second is that number at every moment', () => {
  const { clock, record, answerAt } = create();
  const seen: number[] = [];
  for (let ms = 300; ms < 60_000; ms += 300) {
    answerAt(ms);
    clock.ms = ms + 137;
    if (ms > 5000) seen.push(record.state().requestsPerSecond);
  }
  assert.ok(Math.min(...seen) > 3.3 && Math.max(...seen) < 3.37, `${Math.min(...seen)} to ${Math.max(...seen)}`);
});

test('answers that come in bursts are not overrated', () => {
  const { record, answerAt } = create();
  for (let ms = 1000; ms < 30_000; ms += 1000) for (const late of [0, 10, 20]) answerAt(ms + late);
  assert.ok(Math.abs(record.state().requestsPerSecond - 3) < 0.1, String(record.state().requestsPerSecond));
});

test('more answers than are kept are counted in the time that is known', () => {
  const { record, answerAt } = create();
  for (let n = 0; n < 10_000; n++) answerAt(n);
  assert.ok(Math.abs(record.state().requestsPerSecond - 1000) < 10, String(record.state().requestsPerSecond));
});

test('an instance that falls silent says for how long, and is forgotten after the window', () => {
  const { clock, record, answerAt } = create();
  answerAt(1000, 'a');
  answerAt(4000, 'b');
  assert.deepEqual(Object.entries(record.state().instances).map(([name, { idleSeconds }]) => [name, idleSeconds]), [
    ['a', 3],
    ['b', 0],
  ]);
  clock.ms = 12_000;
  assert.deepEqual(Object.keys(record.state().instances), ['b']);
});
