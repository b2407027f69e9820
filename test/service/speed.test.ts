import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpeed } from '../../src/service/speed.ts';

/** Batches of one every `interval` seconds from `from` on, seen once a second, as the page does. */
function seenEachSecond(interval: number, seconds: number): (number | null)[] {
  const speed = createSpeed(10);
  return Array.from({ length: seconds }, (_, second) => {
    const batches = Math.floor((second + 1) / interval);
    speed.add(batches * interval, batches);
    return speed.perSecond(second + 1);
  });
}

test('a steady 3.33 is a straight line, from the third second on', () => {
  const [first, second, ...rest] = seenEachSecond(0.3, 60);
  assert.deepEqual([first, second], [null, null]);
  for (const value of rest) assert.ok(Math.abs(value! - 10 / 3) < 1e-9, `${value}`);
});

test('the window moves: a new rate is the only one after ten seconds', () => {
  const speed = createSpeed(10);
  let total = 0;
  for (let at = 0; at < 20; at++) speed.add(at, total += 1);
  for (let at = 20; at < 40; at++) speed.add(at, total += 5);
  assert.equal(speed.perSecond(39), 5);
});

test('a worker slower than the window still has a speed', () => {
  const speed = createSpeed(10);
  for (let batch = 0; batch < 5; batch++) speed.add(batch * 15, batch);
  assert.ok(Math.abs(speed.perSecond(60)! - 1 / 15) < 1e-9);
});

test('when batches stop coming the speed falls to zero within the window', () => {
  const speed = createSpeed(10);
  for (let at = 0; at <= 20; at++) speed.add(at, at * 10);
  assert.equal(speed.perSecond(21), 10);
  const later = speed.perSecond(26)!;
  assert.ok(later > 0 && later < 10, `${later}`);
  assert.equal(speed.perSecond(31), 0);
});

test('a rest, a store that was emptied and a clock set back begin anew', () => {
  for (const [at, total] of [[1000, 100], [21, 3], [10, 30]] as const) {
    const speed = createSpeed(10);
    for (let second = 0; second <= 20; second++) speed.add(second, second);
    speed.add(at, total);
    assert.equal(speed.perSecond(at), null);
    speed.add(at + 1, total + 2);
    speed.add(at + 2, total + 4);
    assert.equal(speed.perSecond(at + 2), 2);
  }
});
