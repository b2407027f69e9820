import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSpeed } from '../../src/service/speed.ts';
import type { Totals } from '../../src/store/store.ts';
import { whenReached } from '../../src/webui/hub.ts';

function totals(now: number, hashes: number, newest: number | null): Totals {
  return { now, hashes, coins: 0, duplicates: 0, timing: { hashes, oldest: newest, newest }, newest: [], reports: [] };
}

test('hashes were reached when the last batch of ours was recorded', () => {
  assert.equal(whenReached(totals(10, 3, 9.7), undefined), 9.7);
  assert.equal(whenReached(totals(11, 6, 10.6), totals(10, 3, 9.7)), 10.6);
});

test('without a new batch and without new hashes nothing was reached', () => {
  assert.equal(whenReached(totals(11, 3, 9.7), totals(10, 3, 9.7)), undefined);
  assert.equal(whenReached(totals(11, 0, null), totals(10, 0, null)), undefined);
});

test('hashes of another family were reached when they are seen', () => {
  assert.equal(whenReached(totals(11, 4, null), totals(10, 0, null)), 11);
  assert.equal(whenReached(totals(11, 7, 2.5), totals(10, 3, 2.5)), 11);
});

test('a worker that adds 4 hashes every 1.2 s has a speed of about 3.33, without a break', () => {
  const speed = createSpeed();
  let before: Totals | undefined;
  let at = 0;
  for (let now = 1; now <= 60; now++) {
    const seen = totals(now, 4 * Math.floor(now / 1.2), 0.5);
    at = whenReached(seen, before) ?? at;
    speed.add(at, seen.hashes);
    before = seen;
    if (now < 15) continue;
    const perSecond = speed.perSecond(now)!;
    assert.ok(Math.abs(perSecond - 10 / 3) < 0.4, `${perSecond} at ${now}`);
  }
});
