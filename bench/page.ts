/** What a hundred open pages cost the webui and the store, beside the least server that tells a hundred pages. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openRedisStore } from '../src/store/redis-store.ts';
import { type RedisServer, startRedis } from '../testkit/redis.ts';
import { someReport } from '../testkit/report.ts';
import { startRole, thisRuntime } from '../testkit/role.ts';
import { type BenchOptions, inTurns, median } from './lib/figure.ts';
import { type Server, startPeer } from './lib/peer.ts';
import { cpuMicroseconds } from './lib/process-figures.ts';

const PAGES = 100;
/** As many as a class has on its cluster. */
const WORKERS = 10;

interface Cost {
  /** Percent of one core. */
  readonly percent: number;
  /** That the store ran a second. */
  readonly queries: number;
  readonly bytes: number;
}

export async function benchPage({ scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const [rounds, seconds] = isQuick ? [1, 10] : [5, 20];
  say(`${PAGES} pages, ${WORKERS} workers, ${rounds} rounds of ${seconds} s each …`);
  const redis = await startRedis(scope);
  const store = openRedisStore(redis.url, { timeoutMs: 5000 });
  scope.after(() => store.close());
  for (let n = 0; n < WORKERS; n++) await store.report(`w${n}`, JSON.stringify(someReport()), 3_600_000);
  const webui = await startRole(scope, 'webui', ['--store-url', redis.url]);
  const { bytes } = await watch(webui, { pages: 1, seconds: 2, redis });
  const peer = await startPeer(scope, thisRuntime, 'node-sse', String(Math.round(bytes / 2)));

  const all = await inTurns({
    none: () => watch(webui, { pages: 0, seconds, redis }),
    many: () => watch(webui, { pages: PAGES, seconds, redis }),
    peer: () => watch(peer, { pages: PAGES, seconds, redis }),
  }, rounds);
  const percent = (costs: readonly Cost[]): number => median(costs.map(({ percent }) => percent));
  report({ name: 'webui without a page', unit: '% of a core', value: percent(all.none) });
  report({
    name: `webui with ${PAGES} pages`,
    unit: '% of a core',
    value: percent(all.many),
    ratio: { 'bare node:http that says as much': percent(all.many) / percent(all.peer) },
  });
  const queries = (costs: readonly Cost[]): number => median(costs.map(({ queries }) => queries));
  report({
    name: `queries to the store, ${PAGES} pages`,
    unit: '/s',
    value: queries(all.many),
    ratio: { 'without a page': queries(all.many) / queries(all.none) },
  });
}

async function watch(
  { url, pid }: Server,
  { pages, seconds, redis }: { pages: number; seconds: number; redis: RedisServer },
): Promise<Cost> {
  const leave = new AbortController();
  let bytes = 0;
  const readers = Array.from({ length: pages }, async () => {
    const { body } = await fetch(`${url}/events`, { signal: leave.signal });
    for await (const chunk of body!) bytes += chunk.length;
  });
  const gone = Promise.allSettled(readers);
  await sleep(1500);
  const [cpu, scripts, from] = [cpuMicroseconds(pid), await scriptsRun(redis), performance.now()];
  bytes = 0;
  await sleep(seconds * 1000);
  const took = (performance.now() - from) / 1000;
  const cost = {
    percent: (cpuMicroseconds(pid) - cpu) / took / 1e4,
    queries: (await scriptsRun(redis) - scripts) / took,
    bytes,
  };
  leave.abort();
  await gone;
  return cost;
}

async function scriptsRun(redis: RedisServer): Promise<number> {
  const text = String(await redis.command('INFO', 'commandstats'));
  return [...text.matchAll(/^cmdstat_eval(?:sha)?:calls=(\d+)/gm)].reduce((sum, [, calls]) => sum + Number(calls), 0);
}
