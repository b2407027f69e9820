import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistory, type Line, type Moment, WINDOW_NAMES } from '../../src/webui/history.ts';

/** A moment a second, from `from` on. */
function seconds(count: number, from = 1_000_000, moment: (n: number) => Partial<Moment> = () => ({})): Moment[] {
  return Array.from({ length: count }, (_, n) => ({ at: from + n, hashesPerSecond: 3.33, coins: n, ...moment(n) }));
}

function filled(moments: readonly Moment[]) {
  const history = createHistory();
  for (const moment of moments) history.add(moment);
  return history;
}

function spanOf({ at }: Line): number {
  return at.at(-1)! - at[0]!;
}

test('each window reaches as far back as it says, and ends now', () => {
  const history = filled(seconds(7300));
  assert.deepEqual(WINDOW_NAMES.map((name) => [name, Math.round(spanOf(history.line(name)) / 60)]), [
    ['1m', 1],
    ['10m', 10],
    ['1h', 60],
    ['all', 121],
  ]);
  for (const name of WINDOW_NAMES) assert.equal(history.line(name).at.at(-1), 1_007_299);
});

test('days of history take no more memory than hours', () => {
  const history = createHistory();
  for (let n = 0; n < 10 * 86_400; n++) history.add({ at: n, hashesPerSecond: 10, coins: n });
  const { at, step, hash_speed_10s, coins } = history.line('all');
  assert.ok(at.length > 300 && at.length <= 720, `${at.length} points`);
  assert.equal(step, 10 * 2 ** 7);
  assert.ok(spanOf(history.line('all')) > 9.9 * 86_400);
  assert.deepEqual([...new Set(hash_speed_10s)], [10]);
  assert.ok(coins.every((count, n) => n === 0 || count! > coins[n - 1]!));
});

test('a point of the hour is the mean of its seconds, and the last number of coins', () => {
  const { hash_speed_10s, coins } = filled(seconds(20, 1000, (n) => ({ hashesPerSecond: n % 2 }))).line('1h');
  assert.deepEqual([hash_speed_10s, coins], [[0.5, 0.5], [9, 19]]);
});

test('an outage is a gap, also where nobody looked', () => {
  const outage = seconds(30, 1000, (n) => n >= 10 && n < 20 ? { hashesPerSecond: null, coins: null } : {});
  assert.deepEqual(filled(outage).line('1h').hash_speed_10s, [3.33, null, 3.33]);
  const { at, hash_speed_10s } = filled([...seconds(2, 1000), ...seconds(2, 1060)]).line('10m');
  assert.deepEqual([at, hash_speed_10s], [[1000, 1001, 1002, 1060, 1061], [3.33, 3.33, null, 3.33, 3.33]]);
});

test('when the clock of the store goes back an hour, the past goes along', () => {
  const history = filled(seconds(100, 10_000));
  history.annotate({ at: 10_050, text: 'before' });
  for (const moment of seconds(10, 10_100 - 3600)) history.add(moment);
  const { at } = history.line('10m');
  assert.deepEqual(at, Array.from({ length: 110 }, (_, n) => 10_000 - 3600 + n));
  assert.deepEqual(history.annotations(), [{ at: 10_050 - 3600, text: 'before' }]);
});

test('a moment that comes a little late is left out, and nothing moves', () => {
  const history = filled([...seconds(3, 1000), { at: 1001.7, hashesPerSecond: 9, coins: 9 }]);
  assert.deepEqual(history.line('1m').at, [1000, 1001, 1002]);
});

test('the last 200 annotations are kept', () => {
  const history = createHistory();
  for (let n = 0; n < 250; n++) history.annotate({ at: n, text: `note ${n}` });
  assert.equal(history.annotations().length, 200);
  assert.equal(history.annotations()[0]!.text, 'note 50');
});
