/** What recording costs: coins a second in both stores, growth, memory, the audit; and what a role costs at rest. */
import { execFileSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { audit } from '../src/store/audit.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Coin } from '../src/store/coins.ts';
import type { Store } from '../src/store/store.ts';
import { someCoins } from '../testkit/coins.ts';
import { eventually } from '../testkit/eventually.ts';
import { ROOT, type Scope, temporaryFolder } from '../testkit/machine.ts';
import { residentBytes } from '../testkit/program.ts';
import { type RedisServer, startRedis } from '../testkit/redis.ts';
import { startRole } from '../testkit/role.ts';
import { metric } from '../testkit/worker.ts';
import { type BenchOptions, inTurns, median, medianRatio } from './lib/figure.ts';
import { cpuMicroseconds } from './lib/process-figures.ts';

/** Coins in one record, as many as a busy worker puts there. */
const BATCH = 5000;
/** Each sends one batch after the other; redis-benchmark has 50 clients. */
const WORKERS = 4;
/** In flight at a time, as redis-benchmark has them. */
const PIPELINE = 128;

export async function benchStore(options: BenchOptions): Promise<void> {
  await benchRedis(options);
  await benchSqlite(options);
  await benchRoles(options);
}

interface Recorded {
  readonly coinsPerSecond: number;
  /** Processor time of redis-server, us a coin. */
  readonly cpu: number;
  readonly bytes: number;
}

async function benchRedis({ scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const [rounds, count] = isQuick ? [2, 100_000] : [5, 1_000_000];
  say(`Redis: ${count} coins, ${rounds} rounds beside redis-benchmark -P ${PIPELINE} HSET …`);
  const coins = unverifiedCoins(count);
  const redis = await startRedis(scope);
  const all = await inTurns({
    ours: () => measureRedis(redis, count, () => recordInRedis(redis, coins)),
    plain: () => measureRedis(redis, count, () => setWithRedisBenchmark(redis, count)),
  }, rounds);
  const plain = `redis-benchmark -P ${PIPELINE} HSET`;
  const columns = [
    ['coins recorded in Redis', 'coins/s', 'coinsPerSecond'],
    ['processor time of Redis a coin', 'us', 'cpu'],
    ['memory of Redis a coin', 'bytes', 'bytes'],
  ] as const;
  for (const [name, unit, column] of columns) {
    const [own, others] = [all.ours.map((one) => one[column]), all.plain.map((one) => one[column])];
    report({ name, unit, value: median(own), ratio: { [plain]: medianRatio(own, others) } });
  }
  await redis.command('FLUSHALL');
  const audited = isQuick ? 20_000 : 1_000_000;
  say(`  mining ${audited} coins for the audit …`);
  await recordInRedis(redis, someCoins(audited));
  report({ name: 'audit of Redis', unit: 'coins/s', value: await auditSpeed(redis.url) });
}

async function measureRedis(redis: RedisServer, count: number, write: () => Promise<void>): Promise<Recorded> {
  await redis.command('FLUSHALL');
  const before = { cpu: cpuMicroseconds(redis.program.pid), bytes: await usedMemory(redis), at: performance.now() };
  await write();
  const seconds = (performance.now() - before.at) / 1000;
  return {
    coinsPerSecond: count / seconds,
    cpu: (cpuMicroseconds(redis.program.pid) - before.cpu) / count,
    bytes: (await usedMemory(redis) - before.bytes) / count,
  };
}

/** Records all of them, by four workers at a time. */
export async function recordInRedis(redis: RedisServer, coins: readonly Coin[]): Promise<void> {
  const share = coins.length / WORKERS;
  await Promise.all(
    Array.from(
      { length: WORKERS },
      (_, at) =>
        withStore(redis.url, (store) => recordAll(store, coins.slice(at * share, (at + 1) * share), `bench-${at}`)),
    ),
  );
}

/** Keys of 64 characters and values of 32 bytes, as ours. */
async function setWithRedisBenchmark({ port }: RedisServer, count: number): Promise<void> {
  const key = `${'0'.repeat(52)}__rand_int__`;
  const load = ['-P', String(PIPELINE), '-n', String(count), '-r', '1000000000', '-q'];
  execFileSync('redis-benchmark', ['-p', String(port), ...load, 'HSET', 'wallet', key, 'v'.repeat(32)], {
    stdio: 'ignore',
  });
}

async function usedMemory(redis: RedisServer): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(String(await redis.command('INFO', 'memory')))![1]);
}

async function benchSqlite({ scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const millions = isQuick ? 1 : 5;
  const step = isQuick ? 100_000 : 1_000_000;
  say(`SQLite: ${millions * step} coins …`);
  const file = join(await temporaryFolder(scope), 'wallet.db');
  const speeds: number[] = [];
  await withStore(`sqlite:${file}`, async (store) => {
    for (let at = 0; at < millions * (isQuick ? 5 : 1); at++) {
      const coins = unverifiedCoins(step);
      const from = performance.now();
      await recordAll(store, coins, `bench-${at}`);
      speeds.push((step / (performance.now() - from)) * 1000);
      say(`  ${(at + 1) * step} coins: ${Math.round(speeds.at(-1)!)} coins/s`);
    }
  });
  const total = speeds.length * step;
  report({
    name: `coins recorded in SQLite, the last ${step} of ${total}`,
    unit: 'coins/s',
    value: speeds.at(-1)!,
    ratio: { [`the first ${step}`]: speeds.at(-1)! / speeds[0]! },
  });
  report({ name: 'disk of SQLite a coin', unit: 'bytes', value: statSync(file).size / total });
}

async function benchRoles({ scope, report, say }: BenchOptions): Promise<void> {
  say('The roles at rest, and from the start to the first hash …');
  const redis = await startRedis(scope);
  for (const role of ['rng', 'hasher', 'webui', 'worker']) {
    const flags = role === 'worker' || role === 'webui' ? ['--store-url', redis.url] : [];
    const { pid, stop } = await startRole(scope, role, flags);
    report({ name: `memory of ${role} after its start`, unit: 'MB', value: residentBytes(pid) / 1e6 });
    await stop('SIGKILL');
  }
  report({ name: 'from the start of all roles to the first hash', unit: 'ms', value: await firstHash(scope) });
  for (const name of ['page.js', 'page.css']) {
    const text = readFileSync(join(ROOT, 'src', 'webui', 'page', 'dist', name));
    report({ name: `${name}, compressed`, unit: 'bytes', value: gzipSync(text).length });
  }
}

async function firstHash(scope: Scope): Promise<number> {
  const folder = await temporaryFolder(scope);
  const from = performance.now();
  const all = await startRole(scope, 'all', ['--store-url', `sqlite:${join(folder, 'wallet.db')}`]);
  const worker = { ...all, url: all.urlOf('worker') };
  const hasHashed = async (): Promise<boolean> => await metric(worker, 'worker_hashes_total') > 0;
  await eventually(hasHashed, { what: 'the first hash', everyMs: 5 });
  const ms = performance.now() - from;
  await all.stop('SIGKILL');
  return ms;
}

async function withStore(url: string, use: (store: Store) => Promise<void>): Promise<void> {
  const store = await openStore(url, { timeoutMs: 60_000 });
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

async function recordAll(store: Store, coins: readonly Coin[], worker: string): Promise<void> {
  for (let at = 0, sequence = 1; at < coins.length; at += BATCH, sequence++) {
    const batch = coins.slice(at, at + BATCH);
    await store.record({ worker, sequence, hashes: batch.length, coins: batch });
  }
}

async function auditSpeed(url: string): Promise<number> {
  let speed = 0;
  await withStore(url, async (store) => {
    const from = performance.now();
    const { ok, verified, problems } = await audit(store);
    if (!ok) throw new Error(`Cannot measure the audit: ${problems[0]}`);
    speed = (verified / (performance.now() - from)) * 1000;
  });
  return speed;
}

/** Coins as a store sees them; it does not hash, so that their hashes may be anything. */
export function unverifiedCoins(count: number): Coin[] {
  const random = randomFillSync(Buffer.alloc(count * 32));
  return Array.from({ length: count }, (_, at) => {
    const origin = random.subarray(at * 32, (at + 1) * 32);
    return { hash: `0${origin.toString('hex').slice(1)}`, origin };
  });
}
