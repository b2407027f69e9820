import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { candidateAt } from '../../src/worker/kernel/candidate.ts';
import type { Kernel } from '../../src/worker/kernel/kernel.ts';
import { chooseKernel } from '../../src/worker/kernel-setting.ts';
import { createKernel } from '../../src/worker/kernel/kernels.ts';
import type { SearchMessage } from '../../src/worker/messages.ts';
import { search } from '../../src/worker/search.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const kernel = createKernel(chooseKernel('auto'));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const never = (): boolean => false;
const message = (changes: Partial<SearchMessage> = {}): SearchMessage => ({
  id: 1,
  seed: randomBytes(32),
  first: 0,
  count: 1000,
  difficulty: 1,
  report: 'winners',
  ...changes,
});

test('search() reports exactly the coins that brute force finds, with their digests', () => {
  for (const length of [4, 32, 52]) {
    for (const difficulty of [1, 2, 3]) {
      const seed = randomBytes(length);
      const [first, count] = [2 ** 31 - 1000, 20_000];
      const expected = Array.from({ length: count }, (_, at) => first + at)
        .map((index) => ({ index, digest: sha256(candidateAt(seed, index)) }))
        .filter(({ digest }) => digest.startsWith('0'.repeat(difficulty)));
      const found = search(kernel, message({ seed, first, count, difficulty }), never);
      assert.equal(found.tried, count);
      assert.equal(textOf(found.digests), expected.map(({ digest }) => digest).join(''));
      assert.deepEqual([...found.indices], expected.map(({ index }) => index));
    }
  }
});

test('search() reports every digest when it is asked to', () => {
  const seed = randomBytes(32);
  const all = search(kernel, message({ seed, first: 10, count: 5, difficulty: 8, report: 'all' }), never);
  assert.deepEqual([...all.indices], [10, 11, 12, 13, 14]);
  assert.equal(textOf(all.digests), [10, 11, 12, 13, 14].map((index) => sha256(candidateAt(seed, index))).join(''));
});

test('search() stops when it is told to, and says how many it has tried', () => {
  for (const [report, tried] of [['all', 1024], ['winners', 16_384]] as const) {
    let looks = 0;
    const found = search(kernel, message({ count: 1_000_000, difficulty: 8, report }), () => ++looks > 1);
    assert.equal(found.tried, tried);
    assert.equal(found.digests.length, report === 'all' ? tried * 64 : 0);
  }
});

test('search() ends when it has found enough, and goes on from there without a gap', () => {
  const seed = randomBytes(32);
  const whole = { seed, difficulty: 1, count: 300_000 };
  const indices: number[] = [];
  let parts = 0;
  for (let first = 0; first < whole.count; parts++) {
    const part = search(kernel, message({ ...whole, first, count: whole.count - first }), never);
    assert.ok(part.indices.length < 2048 + 2000, `${part.indices.length} findings`);
    indices.push(...part.indices);
    first += part.tried;
  }
  assert.ok(parts > 4 && parts < 12, `${parts} parts`);
  assert.deepEqual(indices, kernel.find({ ...whole, first: 0 }));
});

test('more zeros than the kernel looks for are looked for by search()', () => {
  // A kernel that takes every candidate below makes the rare case common: its coins have one zero, not nine.
  const seed = randomBytes(32);
  const lucky = kernel.find({ seed, first: 0, count: 100, difficulty: 1 });
  const generous: Kernel = { find: () => lucky };
  assert.throws(
    () => search(generous, message({ seed, count: 100, difficulty: 9 }), never),
    /the kernel is wrong about/,
  );
});
