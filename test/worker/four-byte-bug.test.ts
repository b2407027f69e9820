import assert from 'node:assert/strict';
import { hash, randomBytes, randomInt } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import { countCoins } from '../../scripts/four-byte/four-byte.ts';
import type { HasherClient } from '../../src/hasher/client.ts';
import type { RngClient } from '../../src/rng/client.ts';
import { openStore } from '../../src/store/open-store.ts';
import { usedPart } from '../../src/worker/four-byte-bug.ts';
import { KERNEL_NAMES } from '../../src/worker/kernel/kernels.ts';
import { createPool } from '../../src/worker/pool.ts';
import { doUnit } from '../../src/worker/unit.ts';
import { temporaryFolder } from '../../testkit/machine.ts';

test('with the bug only the first 4 bytes of the seed are used', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
  assert.deepEqual(usedPart(seed, true), Uint8Array.of(1, 2, 3, 4));
  assert.equal(usedPart(seed, false), seed);
});

/** A world of 4096 strings of 4 bytes instead of 2^32: seeds whose first word is a multiple of 64 below 4096. */
const WORLD = 4096;
const CANDIDATES = 64;
const rng: RngClient = {
  randomBytes: (size) => {
    const seed = randomBytes(size);
    seed.writeUInt32BE(randomInt(WORLD / CANDIDATES) * CANDIDATES);
    return Promise.resolve({ value: seed, servedMs: 0 });
  },
};
const hasher: HasherClient = {
  hashEach: (strings, length) => {
    const starts = Array.from({ length: strings.length / length }, (_, at) => at * length);
    const value = starts.map((start) => hash('sha256', strings.subarray(start, start + length), 'hex'));
    return Promise.resolve({ value: Buffer.from(value.join('')), servedMs: 0 });
  },
};

for (const kernel of KERNEL_NAMES) {
  for (const confirm of ['all', 'winners'] as const) {
    test(`a wallet with the bug ends at the counted coins, without it grows on: ${kernel}, ${confirm}`, async (t) => {
      const [most] = await countCoins({ from: 0, to: WORLD, threads: 1, kernel }) as [number];
      assert.ok(most > 150 && most < 400, `${most}`);
      const pool = createPool({ threads: 1, kernel });
      t.after(() => pool.close());
      for (const fourByteBug of [true, false]) {
        const store = await openStore(`sqlite:${join(await temporaryFolder(t), 'wallet.db')}`, { timeoutMs: 5000 });
        const options = { rng, hasher, pool, difficulty: 1, candidates: CANDIDATES, confirm, fourByteBug };
        const never = new AbortController().signal;
        // Each of the 64 seeds of this world is drawn about ten times.
        for (let sequence = 1; sequence <= 640; sequence++) {
          const unit = await doUnit(
            { ...options, onDisagreement: () => assert.fail('thread and hasher disagree') },
            { stop: never, deadline: never },
          );
          await store.record({ worker: 'one', sequence, hashes: unit.hashes, coins: unit.coins });
        }
        const { coins, duplicates, hashes } = await store.totals();
        await store.close();
        assert.equal(hashes, 640 * CANDIDATES);
        if (fourByteBug) {
          assert.ok(coins <= most && coins > 0.9 * most, `${coins} of ${most}`);
          assert.ok(duplicates > 5 * coins, `${duplicates}`);
        } else {
          assert.ok(coins > 5 * most, `${coins}`);
          assert.equal(duplicates, 0);
        }
      }
    });
  }
}
