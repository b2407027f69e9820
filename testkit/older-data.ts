/**
 * A store that comes back with less than it had acknowledged: its Redis is started on a copy of its data from before, as
 * after a loss of power, or as by somebody who had nothing better than a backup. And the books that show what becomes of
 * it: each batch that was acknowledged is recorded again, or counted as lost.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { inspectContainers } from '../scripts/lib/containers.ts';
import { DEFAULT_PORTS } from '../src/service/addresses.ts';
import type { Project } from './compose.ts';
import { docker } from './docker.ts';
import { eventually } from './eventually.ts';

/** Where Redis 7 has its files. They are only ever added to, so that a copy of them is what was written by then. */
const DATA = '/data/appendonlydir';
const COPY = '/data/older';

/** Comes back when Redis answers again, with what it had `ageMs` before. */
export async function putOlderDataBack(project: Project, ageMs: number): Promise<void> {
  const [redis] = await project.containers('redis');
  await docker('exec', redis!, 'cp', '-a', DATA, COPY);
  await sleep(ageMs);
  await docker('stop', redis!);
  const image = await docker('inspect', '--format', '{{.Image}}', redis!);
  const swap = `rm -rf ${DATA} && mv ${COPY} ${DATA}`;
  await docker('run', '--rm', '--network', 'none', '--volumes-from', redis!, '--entrypoint', 'sh', image, '-c', swap);
  await docker('start', redis!);
  await eventually(async () => await docker('exec', redis!, 'redis-cli', 'ping') === 'PONG', {
    ...{ what: 'Redis to answer', withinMs: 30_000, everyMs: 200 },
  });
}

/** Whether this Redis tells what is on its disk: then workers keep nothing that is, and a copy must not be older. */
export async function keepsWhatIsOnDisk(project: Project): Promise<boolean> {
  const [redis] = await project.containers('redis');
  return !/ERR unknown command/.test(await docker('exec', redis!, 'redis-cli', 'WAITAOF', '0', '0', '1'));
}

/** In hashes; at the pace of the classroom a batch is one hash. */
export interface Books {
  /** What the store has of others than the workers that run now: it stays the same as long as they do. */
  readonly ofOthers: number;
  /** What these workers had acknowledged, and have found lost. */
  readonly lost: number;
}

/** While nobody is broken. Nothing is mined meanwhile, so that nothing is on its way. */
export async function readBooks(project: Project): Promise<Books> {
  const { workers, redis } = await placesOf(project);
  const rngs = await project.containers('rng');
  const client = createClient({ url: `redis://${redis}:6379` });
  await client.connect();
  const read = async () => {
    const [told, hashes] = [await askWorkers(workers), Number(await client.get('hashes'))];
    return { ...told, hashes };
  };
  try {
    await docker('pause', ...rngs);
    let last = await read();
    await eventually(async () => {
      const before = last;
      await sleep(SETTLED_AFTER_MS);
      last = await read();
      return JSON.stringify(before) === JSON.stringify(last);
    }, { what: 'workers to come to rest', withinMs: 30_000 });
    return { ofOthers: last.hashes - last.acknowledged + last.lost, lost: last.lost };
  } finally {
    await docker('unpause', ...rngs);
    await client.close();
  }
}

/** Longer than a hash takes from the last seed to the store. */
const SETTLED_AFTER_MS = 1000;

async function placesOf(project: Project): Promise<{ readonly workers: readonly string[]; readonly redis: string }> {
  const addresses = async (service: string): Promise<string[]> => {
    const containers = await inspectContainers(await project.containers(service));
    return containers.map(({ networks }) => [...networks.values()][0]!);
  };
  const [redis] = await addresses('redis');
  return { workers: await addresses('worker'), redis: redis! };
}

async function askWorkers(
  addresses: readonly string[],
): Promise<{ readonly acknowledged: number; readonly lost: number }> {
  const texts = await Promise.all(addresses.map(async (address) => {
    const answer = await fetch(`http://${address}:${DEFAULT_PORTS.worker}/metrics`, {
      signal: AbortSignal.timeout(2000),
    });
    return await answer.text();
  }));
  const sum = (name: string): number =>
    texts.reduce((sum, text) => sum + Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)![1]), 0);
  return { acknowledged: sum('worker_hashes_total'), lost: sum('worker_lost_batches') };
}
