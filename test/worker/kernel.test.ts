import assert from 'node:assert/strict';
import { createHash, hash, randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { createCandidate, lastWord } from '../../src/worker/kernel/candidate.ts';
import { emitKernel, MOST_GROUPS, SCALAR, SIMD } from '../../src/worker/kernel/emit.ts';
import type { Range } from '../../src/worker/kernel/kernel.ts';
import { createKernel, isPossible, KERNEL_NAMES } from '../../src/worker/kernel/kernels.ts';
import { chooseKernel } from '../../src/worker/kernel-setting.ts';
import { firstWord } from '../../src/worker/kernel/sha256.ts';
import { ROOT, type Scope } from '../../testkit/machine.ts';
import { thisRuntime } from '../../testkit/role.ts';

/** Every length that fits one block together with its padding. */
const LENGTHS = Array.from({ length: 13 }, (_, at) => 4 * (at + 1));

function bruteForce({ seed, first, count, difficulty }: Range): number[] {
  const candidate = createCandidate(seed);
  const indices = Array.from({ length: count }, (_, at) => first + at);
  return indices.filter((index) => hash('sha256', candidate(index), 'hex').startsWith('0'.repeat(difficulty)));
}

test('sha256 of known words is sha256', () => {
  const noMachine = { step: () => assert.fail('nothing varies here') };
  const words = (bytes: Uint8Array): number[] =>
    Array.from({ length: bytes.length / 4 }, (_, at) => lastWord(bytes.subarray(0, 4 * at + 4)));
  // sha256('abcd') begins with 88d4266f.
  assert.equal((firstWord(words(Buffer.from('abcd')), noMachine) as number) >>> 0, 0x88d4266f);
  for (const length of LENGTHS) {
    const message = randomBytes(length);
    const expected = createHash('sha256').update(message).digest().readUInt32BE(0);
    assert.equal((firstWord(words(message), noMachine) as number) >>> 0, expected, `${length} bytes`);
  }
});

test('this machine runs every kernel', () => {
  assert.deepEqual(KERNEL_NAMES.filter(isPossible), KERNEL_NAMES);
});

for (const name of KERNEL_NAMES) {
  const kernel = createKernel(name);

  test(`${name} finds what brute force finds: every length, random seeds, any range`, () => {
    for (const length of LENGTHS) {
      const seed = randomBytes(length);
      // Past the end of the last word, past the end of the indices, and not divisible by four.
      const firsts = [0, 2 ** 32 - lastWord(seed) - 1501, 2 ** 32 - 4003, 7];
      for (const [at, first] of firsts.entries()) {
        const range = { seed, first, count: 3001 + at, difficulty: 1 + at % 3 };
        assert.deepEqual(kernel.find(range), bruteForce(range), `seed ${seed.toString('hex')} from ${first}`);
      }
    }
  });

  test(`${name} tries no more than it is asked to`, () => {
    const seed = randomBytes(32);
    const all = bruteForce({ seed, first: 0, count: 400, difficulty: 1 });
    for (let count = 0; count < 70; count++) {
      const expected = all.filter((index) => index >= 100 && index < 100 + count);
      assert.deepEqual(kernel.find({ seed, first: 100, count, difficulty: 1 }), expected);
    }
    assert.deepEqual(kernel.find({ seed, first: 5, count: 0, difficulty: 1 }), []);
  });

  test(`${name} finds a coin in every lane, and all of them where every candidate is one`, () => {
    const seed = randomBytes(32);
    const winners = bruteForce({ seed, first: 0, count: 2000, difficulty: 1 });
    assert.deepEqual([...new Set(winners.map((index) => index % 4))].sort(), [0, 1, 2, 3]);
    for (let first = 0; first < 4; first++) {
      const found = kernel.find({ seed, first, count: 2000 - first, difficulty: 1 });
      assert.deepEqual(found, winners.filter((index) => index >= first));
    }
    // Its list of winners is then full, more than once.
    const count = 4 * MOST_GROUPS * 2 + 5;
    const every = kernel.find({ seed, first: 3, count, difficulty: 0 });
    assert.equal(every.length, count);
    assert.ok(every.every((index, at) => index === 3 + at));
  });

  test(`${name} looks for two to eight zeros`, () => {
    const seed = randomBytes(8);
    const count = name === 'node:crypto' ? 300_000 : 5_000_000;
    const found = [2, 3, 4, 5, 6, 7, 8].map((difficulty) => kernel.find({ seed, first: 0, count, difficulty }));
    for (const [at, indices] of found.entries()) {
      const digests = indices.map((index) => hash('sha256', createCandidate(seed)(index), 'hex'));
      assert.ok(digests.every((digest) => digest.startsWith('0'.repeat(at + 2))));
      const next = digests.filter((digest) => digest.startsWith('0'.repeat(at + 3))).length;
      if (at < 6) assert.equal(found[at + 1]!.length, next);
    }
    assert.ok(found[0]!.length > count / 256 / 2);
  });
}

test('one kernel takes seeds of different lengths in turn, and one changed in place', () => {
  const kernel = createKernel(chooseKernel('auto'));
  const seeds = [randomBytes(32), randomBytes(4), randomBytes(32), randomBytes(52)];
  for (const seed of [...seeds, ...seeds]) {
    const range = { seed, first: 0, count: 500, difficulty: 1 };
    assert.deepEqual(kernel.find(range), bruteForce(range));
    seed.set(randomBytes(4));
  }
});

test('the code of a kernel is the same bytes every time, within a few kilobytes', () => {
  for (const lanes of [SCALAR, SIMD]) {
    for (const length of LENGTHS) {
      const bytes = emitKernel(lanes, length);
      assert.deepEqual(bytes, emitKernel(lanes, length));
      assert.ok(bytes.length < 32_768, `${bytes.length}`);
    }
  }
});

test('without SIMD the kernel has one lane, without WebAssembly it is node:crypto', async (t) => {
  const bundle = await bundled(t, 'src/worker/kernel/kernels.ts');
  const ask = `import { isPossible, KERNEL_NAMES } from ${JSON.stringify(bundle)};
    console.log(KERNEL_NAMES.filter(isPossible).join(' '));`;
  const { name, path } = thisRuntime;
  const possible = (flag: string): string => {
    const args = name === 'node' ? [flag, '--input-type=module', '-e', ask] : ['eval', `--v8-flags=${flag}`, ask];
    const { stdout, stderr } = spawnSync(path, args, { encoding: 'utf8' });
    assert.equal(stderr.replaceAll(/^.*[Ww]arning.*$/gm, '').trim(), '');
    return stdout.trim();
  };
  // V8 makes no SIMD code for processors without SSE 4.1.
  assert.equal(
    possible(process.arch === 'x64' ? '--no-enable-sse4-1' : '--jitless'),
    process.arch === 'x64' ? 'wasm node:crypto' : 'node:crypto',
  );
  assert.equal(possible('--jitless'), 'node:crypto');
});

/** A source file as JavaScript: Node needs WebAssembly to read TypeScript. */
async function bundled(t: Scope, source: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kernel-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const outfile = join(folder, 'bundle.mjs');
  await build({ entryPoints: [join(ROOT, source)], bundle: true, platform: 'node', format: 'esm', outfile });
  return outfile;
}
