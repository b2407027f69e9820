/** A worker at full pace with its services: beside the bare threads, beside bare recording, and its memory. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildProgram } from '../scripts/build/program.ts';
import { chooseKernel } from '../src/worker/kernel-setting.ts';
import { type Scope, temporaryFolder } from '../testkit/machine.ts';
import { residentBytes } from '../testkit/program.ts';
import { type RedisServer, startRedis } from '../testkit/redis.ts';
import { type RoleOptions, startRole } from '../testkit/role.ts';
import { metric, startMine } from '../testkit/worker.ts';
import { type BenchOptions, inTurns, median, medianRatio } from './lib/figure.ts';
import { poolRate } from './lib/pool-rate.ts';
import { recordInRedis, unverifiedCoins } from './store.ts';

/** Freed memory goes back to the system: glibc would keep it, in a heap for each thread. */
const LEAN_MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' };

/** Long enough for V8 to have compiled everything for good. */
const WARM_UP_MS = 4000;

interface Mined {
  readonly hashesPerSecond: number;
  readonly coinsPerSecond: number;
  /** Resident memory of the worker. */
  readonly bytes: number;
}

interface MineOptions {
  readonly difficulty: number;
  readonly seconds: number;
  readonly stalls?: boolean;
  readonly workerOptions?: RoleOptions;
}

export async function benchMining(options: BenchOptions): Promise<void> {
  const { scope, isQuick, report, say } = options;
  const [rounds, seconds] = isQuick ? [1, 4] : [5, 8];
  say(`Mining and bare threads, recording and bare recording, ${rounds} rounds of ${seconds} s each …`);
  const bare = { threads: availableParallelism(), kernel: chooseKernel('auto'), difficulty: 6, seconds };
  const coins = unverifiedCoins(isQuick ? 100_000 : 1_000_000);
  const redis = await startRedis(scope);
  const folder = await temporaryFolder(scope);
  await buildProgram(folder);
  const built = { main: join(folder, 'main.mjs'), env: LEAN_MALLOC };
  const all = await inTurns({
    mining: () => mine(scope, redis, { difficulty: 6, seconds }),
    threads: async () => await poolRate(bare),
    full: () => mine(scope, redis, { difficulty: 1, seconds }),
    recording: () => bareRecording(redis, coins),
    stalled: () => mine(scope, redis, { difficulty: 1, seconds, stalls: true }),
    built: () => mine(scope, redis, { difficulty: 6, seconds, workerOptions: built }),
    builtFull: () => mine(scope, redis, { difficulty: 1, seconds, workerOptions: built }),
    builtStalled: () => mine(scope, redis, { difficulty: 1, seconds, stalls: true, workerOptions: built }),
  }, rounds);

  const of = (mined: readonly Mined[], column: keyof Mined): number[] => mined.map((one) => one[column]);
  const hashes = of(all.mining, 'hashesPerSecond');
  report({
    name: 'mining at difficulty 6, with all services and a page open',
    unit: 'hashes/s',
    value: median(hashes),
    ratio: { 'the bare threads': medianRatio(hashes, all.threads) },
  });
  const recorded = of(all.full, 'coinsPerSecond');
  report({
    name: 'mining at difficulty 1, into Redis',
    unit: 'coins/s',
    value: median(recorded),
    ratio: { 'four recorders that do nothing else': medianRatio(recorded, all.recording) },
  });
  const memory = {
    'difficulty 6': all.mining,
    'difficulty 1': all.full,
    'a store that stalls': all.stalled,
    'built, difficulty 6': all.built,
    'built, difficulty 1': all.builtFull,
    'built, a store that stalls': all.builtStalled,
  };
  for (const [name, mined] of Object.entries(memory)) {
    report({ name: `memory of the worker, ${name}`, unit: 'MB', value: Math.max(...of(mined, 'bytes')) / 1e6 });
  }
}

async function mine(
  scope: Scope,
  redis: RedisServer,
  { difficulty, seconds, stalls = false, workerOptions = {} }: MineOptions,
): Promise<Mined> {
  await redis.command('FLUSHALL');
  const flags = { pace: 'full', difficulty: String(difficulty), loops: 'auto' };
  const { worker, rng, hasher } = await startMine(scope, redis.url, flags, workerOptions);
  const webui = await startRole(scope, 'webui', ['--store-url', redis.url]);
  const leave = new AbortController();
  // Somebody looks at the page.
  const watching = fetch(`${webui.url}/events`, { signal: leave.signal }).then((answer) => answer.text()).catch(
    () => {},
  );
  // The store takes nothing for nine tenths of the time.
  const pause = (): Promise<unknown> => redis.command('CLIENT', 'PAUSE', '1800', 'WRITE');
  const stalling = stalls ? setInterval(pause, 2000) : undefined;
  const count = async (): Promise<[number, number, number]> => [
    performance.now(),
    await metric(worker, 'worker_hashes_total'),
    await metric(worker, 'worker_coins_total'),
  ];
  await sleep(WARM_UP_MS);
  const [from, hashes, coins] = await count();
  await sleep(seconds * 1000);
  const [to, hashesThen, coinsThen] = await count();
  const bytes = residentBytes(worker.pid);
  clearInterval(stalling);
  await redis.command('CLIENT', 'UNPAUSE');
  leave.abort();
  await watching;
  for (const { stop } of [worker, rng, hasher, webui]) await stop('SIGKILL');
  const perSecond = (amount: number): number => (amount / (to - from)) * 1000;
  return { hashesPerSecond: perSecond(hashesThen - hashes), coinsPerSecond: perSecond(coinsThen - coins), bytes };
}

/** Coins a second. */
async function bareRecording(redis: RedisServer, coins: ReturnType<typeof unverifiedCoins>): Promise<number> {
  await redis.command('FLUSHALL');
  const from = performance.now();
  await recordInRedis(redis, coins);
  return (coins.length / (performance.now() - from)) * 1000;
}
