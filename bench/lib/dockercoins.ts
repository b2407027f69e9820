/**
 * The services of DockerCoins (github.com/jpetazzo/container.training, folder dockercoins/) from a folder of this
 * machine: run from a copy in which the sleeps are taken out and the addresses are this machine's.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { eventually } from '../../testkit/eventually.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { type Program, startProgram } from '../../testkit/program.ts';
import { freePort } from '../../testkit/ports.ts';
import { startRedis } from '../../testkit/redis.ts';

export interface Dockercoins {
  readonly hashes: () => Promise<number>;
  readonly processes: Readonly<Record<string, Program>>;
  readonly stop: () => Promise<void>;
}

export async function startDockercoins(
  scope: Scope,
  source: string,
  { workers }: { workers: number },
): Promise<Dockercoins> {
  const copy = await temporaryFolder(scope);
  const redis = await startRedis(scope);
  const [rngPort, hasherPort] = [await freePort(), await freePort()];
  const edits: Readonly<Record<string, (text: string) => string>> = {
    'rng/rng.py': (text) => text.replace('time.sleep(0.1)', 'pass').replace('port=80', `port=${rngPort}`),
    'hasher/hasher.rb': (text) => text.replace('sleep 0.1', '').replace('set :port, 80', `set :port, ${hasherPort}`),
    'worker/worker.py': (text) =>
      text.replace('time.sleep(0.1)', 'pass').replace('Redis("redis")', `Redis("127.0.0.1", ${redis.port})`)
        .replace('http://rng/', `http://127.0.0.1:${rngPort}/`)
        .replace('http://hasher/', `http://127.0.0.1:${hasherPort}/`),
  };
  for (const [file, edit] of Object.entries(edits)) {
    const text = await readFile(join(source, file), 'utf8');
    if (edit(text) === text) throw new Error(`Cannot run ${join(source, file)}: it is not the one of DockerCoins`);
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), edit(text));
  }

  const options = { cwd: copy };
  const rng = startProgram(scope, ['python3', 'rng/rng.py'], options);
  const hasher = startProgram(scope, ['ruby', 'hasher/hasher.rb', '-e', 'production', '-q'], options);
  await Promise.all([answers(rng, rngPort), answers(hasher, hasherPort)]);
  const all = Array.from({ length: workers }, () => startProgram(scope, ['python3', 'worker/worker.py'], options));
  return {
    hashes: async () => Number(await redis.command('GET', 'hashes')),
    processes: { rng, hasher, redis: redis.program },
    stop: async () => {
      for (const { stop } of [...all, rng, hasher, redis.program]) await stop('SIGKILL');
    },
  };
}

async function answers(program: Program, port: number): Promise<void> {
  const isUp = async (): Promise<boolean> =>
    (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.ok ?? false;
  await eventually(isUp, { what: `an answer on port ${port}`, withinMs: 20_000 }).catch((error) => {
    throw new Error(`${error.message}; the program said:\n${program.lines.slice(-5).join('\n')}`);
  });
}
