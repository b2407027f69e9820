import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { countCoins } from '../../scripts/four-byte/four-byte.ts';
import { KERNEL_NAMES } from '../../src/worker/kernel/kernels.ts';
import { ROOT } from '../../testkit/machine.ts';
import { startProgram } from '../../testkit/program.ts';
import { commandOn, thisRuntime } from '../../testkit/role.ts';

const script = (...args: string[]) => commandOn(thisRuntime, join(ROOT, 'scripts', 'four-byte.mjs'), ...args);

test('countCoins() counts what brute force counts, with every kernel and any number of threads', async () => {
  const [from, to] = [2 ** 32 - 50_000, 2 ** 32];
  const digests = Array.from({ length: to - from }, (_, at) => {
    const candidate = Buffer.alloc(4);
    candidate.writeUInt32BE(from + at);
    return hash('sha256', candidate, 'hex');
  });
  const expected = [1, 2, 3, 4, 5, 6, 7, 8].map((zeros) =>
    digests.filter((digest) => digest.startsWith('0'.repeat(zeros))).length
  );
  for (const kernel of KERNEL_NAMES) {
    for (const threads of [1, 3]) assert.deepEqual(await countCoins({ from, to, threads, kernel }), expected);
  }
});

test('countCoins() spreads a range over the threads in parts, and says how far it is', async () => {
  const seen: number[] = [];
  const to = 10_000_000;
  const coins = await countCoins({ from: 0, to, threads: 2, kernel: 'wasm-simd' }, { onProgress: (n) => seen.push(n) });
  assert.equal(seen.at(-1), to);
  assert.ok(seen.length > 1 && seen.every((tried, at) => at === 0 || tried > seen[at - 1]!));
  // Binomial(10^7, 1/16): 625 000 +- 765.
  assert.ok(coins![0]! > 621_000 && coins![0]! < 629_000, `${coins}`);
});

test('four-byte.mjs --json prints a line a difficulty', async (t) => {
  const program = startProgram(t, script('--to', '100000', '--json'));
  const { code } = await program.exited;
  assert.equal(code, 0);
  const lines = program.output.map((line) => JSON.parse(line) as { difficulty: number; coins: number });
  assert.deepEqual(lines.map(({ difficulty }) => difficulty), [1, 2, 3, 4, 5, 6, 7, 8]);
  const counted = await countCoins({ from: 0, to: 100_000, threads: 1, kernel: 'node:crypto' });
  assert.deepEqual(lines.map(({ coins }) => coins), counted);
});

test('four-byte.mjs refuses wrong usage by name, and ends at once when it is stopped', async (t) => {
  for (
    const [args, message] of [
      [['--from', '7', '--to', '7'], /^--to must be more than --from, which is 7; got 7$/],
      [['--to', '4294967297'], /^--to must be a whole number from 1 to 4294967296; got "4294967297"$/],
      [['--kernel', 'fast'], /^--kernel must be auto or one of wasm-simd, wasm, node:crypto; got "fast"$/],
      [['--form', '1'], /^Unknown flag --form/],
      [['12'], /^Cannot understand "12"/],
    ] as const
  ) {
    const program = startProgram(t, script(...args));
    await program.line(message);
    assert.equal((await program.exited).code, 2);
  }
  const long = startProgram(t, script('--threads', '1', '--kernel', 'node:crypto'));
  await long.line(/^\d+ % tried, [\d.]+ million a second, \d+ s left$/);
  const stoppedAt = performance.now();
  const { code } = await long.stop('SIGTERM');
  assert.equal(code, 1);
  assert.ok(performance.now() - stoppedAt < 5000);
  assert.equal(long.lines.at(-1), 'Stopped before all were tried');
});
