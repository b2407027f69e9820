import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { candidateAt, candidatesAt } from '../../src/worker/candidate.ts';
import { search } from '../../src/worker/kernel.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const never = (): boolean => false;

test('candidate 0 is the seed itself, and candidate i its last word plus i, modulo 2^32', () => {
  const seed = Buffer.from('00112233fffffffe', 'hex');
  assert.deepEqual(Buffer.from(candidateAt(seed, 0)), seed);
  assert.equal(Buffer.from(candidateAt(seed, 1)).toString('hex'), '00112233ffffffff');
  assert.equal(Buffer.from(candidateAt(seed, 2)).toString('hex'), '0011223300000000');
  assert.equal(Buffer.from(candidateAt(Buffer.from('ffffffff', 'hex'), 1)).toString('hex'), '00000000');
});

test('candidatesAt() puts the same candidates one after the other', () => {
  const seed = randomBytes(64).subarray(3, 35);
  const indices = [0, 1, 5, 2 ** 31, 2 ** 32 - 1];
  const expected = Buffer.concat(indices.map((index) => candidateAt(seed, index)));
  assert.deepEqual(Buffer.from(candidatesAt(seed, indices)), expected);
});

test('search() finds exactly the coins that brute force finds', () => {
  for (const length of [4, 8, 32, 52]) {
    for (const difficulty of [1, 2, 3]) {
      const seed = randomBytes(length);
      const [first, count] = [2 ** 32 - 1000, 3000];
      const expected = Array.from({ length: count }, (_, at) => first + at)
        .map((index) => ({ index, digest: sha256(candidateAt(seed, index)) }))
        .filter(({ digest }) => digest.startsWith('0'.repeat(difficulty)));
      const found = search({ id: 1, seed, first, count, difficulty, report: 'winners' }, never);
      assert.equal(found.tried, count);
      assert.deepEqual(found.digests, expected.map(({ digest }) => digest));
      assert.deepEqual([...found.indices], expected.map(({ index }) => index >>> 0));
    }
  }
});

test('search() reports every digest when it is asked to', () => {
  const seed = randomBytes(32);
  const { digests, indices } = search({ id: 1, seed, first: 10, count: 5, difficulty: 8, report: 'all' }, never);
  assert.deepEqual([...indices], [10, 11, 12, 13, 14]);
  assert.deepEqual(digests, [10, 11, 12, 13, 14].map((index) => sha256(candidateAt(seed, index))));
});

test('search() stops when it is told to, and says how many it has tried', () => {
  let looks = 0;
  const message = { id: 1, seed: randomBytes(32), first: 0, count: 1_000_000, difficulty: 1, report: 'all' } as const;
  const { tried, digests } = search(message, () => ++looks > 3);
  assert.equal(tried, 3072);
  assert.equal(digests.length, 3072);
});
