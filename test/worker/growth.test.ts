import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedGrowth } from '../../src/worker/growth.ts';

test('a store that will grow fast is foretold, one that will not is not', () => {
  assert.deepEqual(expectedGrowth(16_000_000, 1), { coinsPerSecond: 1_000_000, megabytesPerHour: 604_800 });
  assert.equal(expectedGrowth(16_000_000, 6), undefined);
  assert.equal(expectedGrowth(3.33, 1), undefined);
});
