import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { candidateAt, candidatesAt, createCandidate } from '../../src/worker/kernel/candidate.ts';

test('candidate 0 is the seed itself, and candidate i its last word plus i, modulo 2^32', () => {
  const seed = Buffer.from('00112233fffffffe', 'hex');
  assert.deepEqual(Buffer.from(candidateAt(seed, 0)), seed);
  assert.equal(Buffer.from(candidateAt(seed, 1)).toString('hex'), '00112233ffffffff');
  assert.equal(Buffer.from(candidateAt(seed, 2)).toString('hex'), '0011223300000000');
  assert.equal(Buffer.from(candidateAt(Buffer.from('ffffffff', 'hex'), 1)).toString('hex'), '00000000');
});

test('createCandidate() makes the same candidates, in one array', () => {
  const seed = Buffer.from('00112233fffffffe', 'hex');
  const candidate = createCandidate(seed);
  for (const index of [2, 0, 1, 2 ** 32 - 1]) assert.deepEqual(candidate(index), candidateAt(seed, index));
  assert.equal(candidate(5), candidate(6));
  assert.equal(seed.toString('hex'), '00112233fffffffe');
});

test('candidatesAt() puts the same candidates one after the other', () => {
  const seed = randomBytes(64).subarray(3, 35);
  const indices = [0, 1, 5, 2 ** 31, 2 ** 32 - 1];
  const expected = Buffer.concat(indices.map((index) => candidateAt(seed, index)));
  assert.deepEqual(Buffer.from(candidatesAt(seed, indices)), expected);
});
