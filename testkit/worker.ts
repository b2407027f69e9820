/** A worker as a process at full speed, with services of its own, and what it says it has done. */
import { join } from 'node:path';
import { type Scope, temporaryFolder } from './machine.ts';
import type { Exit } from './program.ts';
import { type RoleOptions, type RoleProcess, startRole } from './role.ts';

export interface Mine {
  readonly worker: RoleProcess;
  readonly rng: RoleProcess;
  readonly hasher: RoleProcess;
  readonly store: string;
}

/** Starts rng, hasher and a worker; one hash is one batch, as in the classroom, but nothing takes its time. */
export async function startMine(
  t: Scope,
  storeUrl?: string,
  flags: Readonly<Record<string, string>> = {},
  workerOptions: RoleOptions = {},
): Promise<Mine> {
  const [rng, hasher] = await Promise.all(
    ['rng', 'hasher'].map((role) => startRole(t, role, ['--pace', 'full'])),
  ) as [RoleProcess, RoleProcess];
  const store = storeUrl ?? `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const all = {
    'rng-url': rng.url,
    'hasher-url': hasher.url,
    'store-url': store,
    'interval-ms': '0',
    'connection': 'keep-alive',
    'loops': '4',
    'drain-ms': '0',
    'request-timeout-ms': '2000',
    ...flags,
  };
  const workerFlags = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
  const worker = await startRole(t, 'worker', workerFlags, workerOptions);
  return { worker, rng, hasher, store };
}

/** A metric of a role; NaN when it has none of that name. */
export async function metric(role: RoleProcess, name: string): Promise<number> {
  const text = await (await fetch(`${role.url}/metrics`)).text();
  const line = text.split('\n').find((line) => line.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? NaN);
}

/** What a worker says at its end: all that the store has acknowledged, and what was lost of it. */
export interface Account {
  readonly hashes: number;
  readonly coins: number;
  readonly lostBatches: number;
}

/** Stops a worker and reads its account. */
export async function closeAccount(worker: RoleProcess): Promise<Account & Exit> {
  const exit = await worker.stop('SIGTERM');
  const { hashes, coins, lostBatches } = worker.events('mined')[0] as unknown as Account;
  return { hashes, coins, lostBatches, ...exit };
}
