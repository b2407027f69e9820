/** When faults may begin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWindow } from '../../../scripts/chaos/run/window.ts';

const at = (time: string): Date => new Date(`2026-03-01T${time}:00`);

test('a window is open from its first minute to the last before its end', () => {
  const { whyNot } = parseWindow('--between', '09:00-17:30');
  assert.deepEqual(['09:00', '12:00', '17:29'].map((time) => whyNot(at(time))), [undefined, undefined, undefined]);
  for (const time of ['08:59', '17:30', '00:00']) {
    assert.equal(whyNot(at(time)), 'it is not between 09:00 and 17:30');
  }
});

test('a window may go over midnight', () => {
  const { whyNot } = parseWindow('--between', '22:00-06:00');
  assert.deepEqual(['22:00', '23:59', '00:00', '05:59'].map((time) => whyNot(at(time)) === undefined), [
    ...[true, true, true, true],
  ]);
  assert.notEqual(whyNot(at('06:00')), undefined);
});

test('what is no window is refused', () => {
  for (const text of ['', '9-17', '24:00-01:00', '09:00-17:60', '09:00']) {
    assert.throws(() => parseWindow('--between', text), { name: 'UsageError', message: /^--between must be such as/ });
  }
});
