import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { HasherClient } from '../../src/hasher/client.ts';
import type { RngClient } from '../../src/rng/client.ts';
import { chooseKernel } from '../../src/worker/kernel-setting.ts';
import { createPool, type Pool } from '../../src/worker/pool.ts';
import { type Disagreement, doUnit, type Unit, type UnitOptions } from '../../src/worker/unit.ts';
import type { Scope } from '../../testkit/machine.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const signals = { stop: new AbortController().signal, deadline: new AbortController().signal };

const rng: RngClient = { randomBytes: (size) => Promise.resolve({ value: randomBytes(size), servedMs: 100 }) };

function honest(asked: number[] = []): HasherClient {
  return {
    hashEach: (strings, length) => {
      const count = strings.length / length;
      asked.push(count);
      const digests = Array.from(
        { length: count },
        (_, at) => sha256(strings.subarray(at * length, (at + 1) * length)),
      );
      return Promise.resolve({ value: Buffer.from(digests.join('')), servedMs: 50 });
    },
  };
}

function options(t: Scope, changes: Partial<UnitOptions> = {}): UnitOptions & { pool: Pool } {
  const pool = createPool({ threads: 1, kernel: chooseKernel('auto') });
  t.after(() => pool.close());
  const standard = {
    rng,
    hasher: honest(),
    pool,
    difficulty: 1,
    candidates: 1,
    confirm: 'all',
    fourByteBug: false,
    onDisagreement: () => {},
  } as const;
  return { ...standard, ...changes };
}

test('a unit with one candidate hashes the seed itself, and 1 in 16 is a coin', async (t) => {
  const unitOptions = options(t);
  const units = [];
  for (let n = 0; n < 800; n++) units.push(await doUnit(unitOptions, signals));
  assert.ok(units.every(({ hashes, servedMs }) => hashes === 1 && servedMs === 150));
  const coins = units.flatMap((unit) => [...unit.coins]);
  // Binomial(800, 1/16): 50 +- 6.8; five deviations.
  assert.ok(coins.length > 16 && coins.length < 84, `${coins.length}`);
  for (const { hash, origin } of coins) {
    assert.equal(origin.length, 32);
    assert.equal(hash, sha256(origin));
    assert.ok(hash.startsWith('0'));
  }
});

test('all candidates of a seed are confirmed, or the winners only, in units of a bounded size', async (t) => {
  for (const confirm of ['all', 'winners'] as const) {
    const asked: number[] = [];
    const unitOptions = options(t, { candidates: 200_000, confirm, hasher: honest(asked) });
    let unit = await doUnit(unitOptions, signals);
    const units = [unit];
    for (; unit.rest; units.push(unit)) unit = await doUnit(unitOptions, signals, unit.rest);
    const sum = (of: (unit: Unit) => number): number => units.reduce((sum, unit) => sum + of(unit), 0);
    assert.equal(sum(({ hashes }) => hashes), 200_000);
    const coins = sum((unit) => unit.coins.length);
    // Binomial(200 000, 1/16): 12 500 +- 108.
    assert.ok(coins > 12_000 && coins < 13_000, `${coins}`);
    assert.equal(asked.reduce((sum, count) => sum + count, 0), confirm === 'all' ? 200_000 : coins);
    assert.ok(units.length > 1 && Math.max(...asked) < 4096, `${asked}`);
    const origins = new Set(
      units.flatMap(({ coins }) => [...coins].map(({ origin }) => Buffer.from(origin).toString('hex'))),
    );
    assert.equal(origins.size, coins);
  }
});

test('difficulty counts zeros', async (t) => {
  const unit = await doUnit(options(t, { candidates: 30_000, confirm: 'winners', difficulty: 3 }), signals);
  assert.ok(unit.coins.length > 0 && unit.coins.length < 40, `${unit.coins.length}`);
  for (const { hash } of unit.coins) assert.match(hash, /^000/);
});

test('with the four-byte bug origins are 4 bytes long, with one candidate and with many', async (t) => {
  // Of 1024 none is a coin once in 10^28.
  for (const candidates of [1024, 'auto'] as const) {
    const unit = await doUnit(options(t, { candidates, confirm: 'winners', fourByteBug: true }), signals);
    assert.ok(unit.coins.length > 0);
    for (const { hash, origin } of unit.coins) {
      assert.equal(origin.length, 4);
      assert.equal(hash, sha256(origin));
    }
  }
  const unitOptions = options(t, { fourByteBug: true });
  let coins = 0;
  for (let n = 0; n < 200; n++) {
    for (const { origin } of (await doUnit(unitOptions, signals)).coins) {
      assert.equal(origin.length, 4);
      coins++;
    }
  }
  assert.ok(coins > 0);
});

test('a hasher that lies raises the alarm with seed and index, and nothing is stored', async (t) => {
  const disagreements: Disagreement[] = [];
  const liar: HasherClient = {
    hashEach: (strings, length) => {
      const lies = Array.from({ length: strings.length / length }, () => '0'.repeat(64));
      return Promise.resolve({ value: Buffer.from(lies.join('')), servedMs: 1 });
    },
  };
  for (const confirm of ['all', 'winners'] as const) {
    disagreements.length = 0;
    const unit = await doUnit(
      options(t, { candidates: 500, confirm, hasher: liar, onDisagreement: (one) => void disagreements.push(one) }),
      signals,
    );
    assert.deepEqual([unit.hashes, unit.coins.length], [500, 0]);
    assert.ok(disagreements.length > 0 && (confirm === 'winners' || disagreements.length === 500));
    const { seed, index, thread, hasher } = disagreements[0]!;
    assert.match(seed, /^[0-9a-f]{64}$/);
    assert.ok(index >= 0 && index < 500);
    assert.match(thread, /^[0-9a-f]{64}$/);
    assert.equal(hasher, '0'.repeat(64));
  }
});

test('a unit asks a failing rng and hasher again until they answer', async (t) => {
  let calls = 0;
  const flaky = <T>(value: () => Promise<T>): Promise<T> =>
    ++calls % 3 === 0 ? value() : Promise.reject(new Error('no'));
  const unit = await doUnit(
    options(t, {
      candidates: 100,
      rng: { randomBytes: (size, signal) => flaky(() => rng.randomBytes(size, signal)) },
      hasher: { hashEach: (strings, length, signal) => flaky(() => honest().hashEach(strings, length, signal)) },
    }),
    signals,
  );
  assert.equal(unit.hashes, 100);
  assert.equal(calls, 6);
});

test('a unit that waits for its seed ends when the worker stops; one that is mined is still confirmed', async (t) => {
  const stop = new AbortController();
  const silent: RngClient = {
    randomBytes: (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  };
  const waiting = doUnit(options(t, { rng: silent }), { ...signals, stop: stop.signal });
  const slow: HasherClient = {
    hashEach: async (strings, length, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return await honest().hashEach(strings, length, signal);
    },
  };
  const mined = doUnit(options(t, { hasher: slow, candidates: 64 }), { ...signals, stop: stop.signal });
  setTimeout(() => stop.abort(new Error('stopping')), 30);
  await assert.rejects(waiting, { message: 'stopping' });
  assert.equal((await mined).hashes, 64);
});
