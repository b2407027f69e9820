/** Processor time of rng and hasher for one request, beside servers that do nothing else. */
import autocannon from 'autocannon';
import { Agent, request } from 'undici';
import { residentBytes } from '../testkit/program.ts';
import { openHalfSent } from '../testkit/raw.ts';
import { type Runtime, startRole, thisRuntime } from '../testkit/role.ts';
import { type BenchOptions, inTurns, median, medianRatio } from './lib/figure.ts';
import { type Server, startPeer } from './lib/peer.ts';
import { cpuMicroseconds } from './lib/process-figures.ts';
import { findDeno } from './lib/runtimes.ts';

const CONNECTIONS = 64;

/** Clients that send a byte of their request now and then. */
const SLOW_CLIENTS = 1000;
/** Few, so that a request waits for the server and not for the others. */
const USUAL_CLIENTS = 4;

interface Load {
  readonly cpuMicroseconds: number;
  readonly requestsPerSecond: number;
}

export async function benchHttp(options: BenchOptions): Promise<void> {
  const { scope, isQuick, report, say } = options;
  const [rounds, seconds] = isQuick ? [2, 1] : [7, 4];
  for (const runtime of [thisRuntime, findDeno()]) {
    if (!runtime) continue;
    say(`${runtime.name}: rng and hasher, ${rounds} rounds of ${seconds} s each …`);
    const bare = await startPeer(scope, runtime, runtime.name === 'node' ? 'node-http' : 'deno-serve');
    const hono = await startPeer(scope, runtime, 'hono');
    const [rng, hasher] = await Promise.all(
      ['rng', 'hasher'].map((role) => startRole(scope, role, ['--pace', 'full'], { runtime })),
    );
    const get = { path: '/32', method: 'GET' } as const;
    const post = { path: '/', method: 'POST', body: Buffer.alloc(32, 7) } as const;
    const loads = await inTurns({
      rng: () => load(rng!, get, seconds),
      rngBare: () => load(bare, get, seconds),
      rngHono: () => load(hono, get, seconds),
      hasher: () => load(hasher!, post, seconds),
      hasherBare: () => load(bare, post, seconds),
      hasherHono: () => load(hono, post, seconds),
    }, rounds);
    const bareName = runtime.name === 'node' ? 'bare node:http' : 'bare Deno.serve';
    for (const role of ['rng', 'hasher'] as const) {
      const figure = (name: string, unit: string, read: (load: Load) => number) => {
        const own = loads[role].map(read);
        const beside = (peer: 'Bare' | 'Hono') => medianRatio(own, loads[`${role}${peer}`].map(read));
        const ratio = { [bareName]: beside('Bare'), 'bare Hono': beside('Hono') };
        report({ name: `${role} on ${runtime.name}: ${name}`, unit, value: median(own), ratio });
      };
      figure('processor time a request', 'us', (load) => load.cpuMicroseconds);
      figure('requests', 'per second', (load) => load.requestsPerSecond);
    }
    await benchSlowClients(options, runtime);
  }
}

/** What 1000 slow clients cost rng and those who are not slow. */
async function benchSlowClients({ scope, isQuick, report }: BenchOptions, runtime: Runtime): Promise<void> {
  const rng = await startRole(scope, 'rng', ['--pace', 'full'], { runtime });
  const usual = () => p99Ms(`${rng.url}/32`, 3);
  const growth: number[] = [];
  const among = async () => {
    const before = residentBytes(rng.pid);
    const port = Number(new URL(rng.url).port);
    const sockets = await openHalfSent(port, SLOW_CLIENTS, 'GET /32 HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    const dribble = setInterval(() => sockets.forEach((socket) => socket.write('.')), 1000);
    const measured = await usual();
    growth.push(residentBytes(rng.pid) - before);
    clearInterval(dribble);
    for (const socket of sockets) socket.destroy();
    return measured;
  };
  await usual();
  const p99 = await inTurns({ alone: usual, among }, isQuick ? 1 : 5);
  report({
    name: `rng on ${runtime.name}: memory that ${SLOW_CLIENTS} slow clients take`,
    unit: 'MB',
    // The first time: later ones find the memory of those before them.
    value: growth[0]! / 1e6,
  });
  report({
    name: `rng on ${runtime.name}: p99 of others beside them`,
    unit: 'ms',
    value: median(p99.among),
    ratio: { 'without them': medianRatio(p99.among, p99.alone) },
  });
}

/** What 99 of 100 requests of a few clients, each asking again at once, take at the most. */
async function p99Ms(url: string, seconds: number): Promise<number> {
  const dispatcher = new Agent();
  const times: number[] = [];
  const until = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: USUAL_CLIENTS }, async () => {
    for (let at = performance.now(); at < until; at = performance.now()) {
      const { body } = await request(url, { dispatcher });
      await body.arrayBuffer();
      times.push(performance.now() - at);
    }
  }));
  await dispatcher.close();
  return times.sort((a, b) => a - b)[Math.ceil(times.length * 0.99) - 1]!;
}

async function load(
  { url, pid }: Server,
  { path, ...request }: { path: string; method: 'GET' | 'POST'; body?: Buffer },
  seconds: number,
): Promise<Load> {
  const shoot = async (duration: number) => {
    const rest = stayAwake();
    try {
      return await autocannon({ url: `${url}${path}`, connections: CONNECTIONS, duration, ...request });
    } finally {
      rest();
    }
  };
  await shoot(1);
  const before = cpuMicroseconds(pid);
  const { requests, non2xx, errors } = await shoot(seconds);
  if (non2xx + errors > 0) throw new Error(`Cannot measure ${url}: ${non2xx} bad answers and ${errors} errors`);
  return {
    cpuMicroseconds: (cpuMicroseconds(pid) - before) / requests.total,
    requestsPerSecond: requests.average,
  };
}

/**
 * Keeps this process running until the returned function is called: waking up whoever sleeps is work of the one who
 * writes to him, and on virtual machines more than the write itself (a server that was 30 us a request slower was
 * charged 30 us more for each write).
 */
function stayAwake(): () => void {
  let isAwake = true;
  const spin = (): void => {
    if (isAwake) setImmediate(spin);
  };
  spin();
  return () => isAwake = false;
}
