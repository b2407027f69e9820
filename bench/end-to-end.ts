/**
 * Hashes a second through all the services without delays: each hash is one request to rng, one to hasher, and its
 * part of a record; rng, hasher, worker and Redis are a process each.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scope } from '../testkit/machine.ts';
import type { Program } from '../testkit/program.ts';
import { startRedis } from '../testkit/redis.ts';
import { metric, startMine } from '../testkit/worker.ts';
import { startDockercoins } from './lib/dockercoins.ts';
import { type BenchOptions, inTurns, median, medianRatio } from './lib/figure.ts';
import { cpuMicroseconds } from './lib/process-figures.ts';

const LOOPS = 64;

interface Chain {
  /** Hashes so far. */
  readonly hashes: () => Promise<number>;
  readonly processes: Readonly<Record<string, Program>>;
  readonly stop: () => Promise<void>;
}

interface Measured {
  readonly hashesPerSecond: number;
  /** Of each process, by its name, us a hash. */
  readonly cpu: Readonly<Record<string, number>>;
}

export async function benchEndToEnd({ scope, isQuick, peer, report, say }: BenchOptions): Promise<void> {
  const [rounds, seconds] = isQuick ? [2, 4] : [5, 6];
  const start: Record<string, () => Promise<Chain>> = { ours: () => startOurs(scope) };
  if (peer) {
    start.one = () => startDockercoins(scope, peer, { workers: 1 });
    start.four = () => startDockercoins(scope, peer, { workers: 4 });
  }
  say(`${Object.keys(start).length} chains of services, ${rounds} rounds of ${seconds} s each …`);
  const measures = Object.entries(start).map(([name, chain]) => [name, () => measure(chain, seconds)] as const);
  const all = await inTurns(Object.fromEntries(measures), rounds);

  const rates = (name: string): number[] => all[name]!.map(({ hashesPerSecond }) => hashesPerSecond);
  const ratio = peer
    ? {
      'DockerCoins, 1 worker': medianRatio(rates('ours'), rates('one')),
      'DockerCoins, 4 workers': medianRatio(rates('ours'), rates('four')),
    }
    : undefined;
  report({ name: 'end to end', unit: 'hashes/s', value: median(rates('ours')), ...(ratio ? { ratio } : {}) });
  if (peer) {
    report({ name: 'DockerCoins without sleeps, 1 worker', unit: 'hashes/s', value: median(rates('one')) });
    report({ name: 'DockerCoins without sleeps, 4 workers', unit: 'hashes/s', value: median(rates('four')) });
  }
  for (const name of Object.keys(all.ours![0]!.cpu)) {
    report({
      name: `${name}: processor time a hash`,
      unit: 'us',
      value: median(all.ours!.map(({ cpu }) => cpu[name]!)),
    });
  }
}

async function measure(start: () => Promise<Chain>, seconds: number): Promise<Measured> {
  const { hashes, processes, stop } = await start();
  await sleep(2000);
  const cpuNow = (): Record<string, number> =>
    Object.fromEntries(Object.entries(processes).map(([name, program]) => [name, cpuOf(name, program)]));
  const [from, hashesBefore, cpuBefore] = [performance.now(), await hashes(), cpuNow()];
  await sleep(seconds * 1000);
  const [to, hashesAfter, cpuAfter] = [performance.now(), await hashes(), cpuNow()];
  await stop();
  const done = hashesAfter - hashesBefore;
  if (!(done > 0)) {
    throw new Error('Cannot measure a chain of services that does not hash: is all there that it needs?');
  }
  const cpu = Object.entries(cpuAfter).map(([name, us]) => [name, (us - cpuBefore[name]!) / done] as const);
  return { hashesPerSecond: (done / (to - from)) * 1000, cpu: Object.fromEntries(cpu) };
}

function cpuOf(name: string, { pid, lines }: Program): number {
  try {
    return cpuMicroseconds(pid);
  } catch (error) {
    throw new Error(`Cannot measure: ${name} has ended; it said:\n${lines.slice(-10).join('\n')}`, { cause: error });
  }
}

async function startOurs(scope: Scope): Promise<Chain> {
  const redis = await startRedis(scope);
  const flags = { pace: 'full', difficulty: '1', candidates: '1', confirm: 'all', loops: String(LOOPS) };
  const { worker, rng, hasher } = await startMine(scope, redis.url, flags);
  return {
    hashes: () => metric(worker, 'worker_hashes_total'),
    processes: { worker, rng, hasher, redis: redis.program },
    stop: async () => {
      for (const { stop } of [worker, rng, hasher, redis.program]) await stop('SIGKILL');
    },
  };
}
