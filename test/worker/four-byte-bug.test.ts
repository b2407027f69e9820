import assert from 'node:assert/strict';
import { test } from 'node:test';
import { usedPart } from '../../src/worker/four-byte-bug.ts';

test('with the bug only the first 4 bytes of the seed are used', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
  assert.deepEqual(usedPart(seed, true), Uint8Array.of(1, 2, 3, 4));
  assert.equal(usedPart(seed, false), seed);
});
