/** The engines of the machines of a room, for who holds the certificate of their cluster: those that swarm.mjs certs has made. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UsageError } from '../command-line.ts';
import { bracketed, type Engine, parseEngine } from '../engine.ts';
import { HOSTS_FILE } from './flags.ts';
import { WORKSHOP_FOLDER } from './journal.ts';
import { choose, openRoom } from './open-room.ts';
import type { Machine } from './room.ts';

/** Where engines listen for those who have a certificate. */
export const TLS_PORT = 2376;

/** Where the manager of a classic Swarm does. */
export const CLASSIC_PORT = 3376;

/** What the authority of a cluster has made. */
export function authorityFolder(cluster: string): string {
  return join(WORKSHOP_FOLDER, 'swarm', cluster);
}

/** As DOCKER_CERT_PATH takes it: ca.pem, cert.pem, key.pem. */
export function clientFolder(cluster: string): string {
  return resolve(authorityFolder(cluster), 'client');
}

/** For DOCKER_HOST. */
export function dockerHostOf(address: string, port: number = TLS_PORT): string {
  return `tcp://${bracketed(address)}:${port}`;
}

/** @throws UsageError where nothing has been made for the cluster */
export function assertCertified(cluster: string): void {
  if (existsSync(join(clientFolder(cluster), 'cert.pem'))) return;
  throw new UsageError(`There is no certificate for ${cluster}: swarm.mjs certs makes one`);
}

/** @throws UsageError where its cluster has no certificates */
export function engineOf({ name, cluster, host: { address } }: Machine, port?: number): Engine {
  assertCertified(cluster.name);
  const env = {
    DOCKER_HOST: dockerHostOf(address, port),
    DOCKER_TLS_VERIFY: '1',
    DOCKER_CERT_PATH: clientFolder(cluster.name),
  };
  return { name, env, address };
}

/** Engines one by one, or those of machines of a room. */
export const engineFlags = {
  engine: { type: 'string', multiple: true },
  on: { type: 'string', multiple: true },
  hosts: { type: 'string', default: HOSTS_FILE },
} as const;

export interface EngineValues {
  readonly engine?: readonly string[] | undefined;
  /** Selectors of machines. */
  readonly on?: readonly string[] | undefined;
  readonly hosts?: string | undefined;
}

/** None where neither --engine nor --on was said. @throws UsageError for what is no engine, and no machine of the room */
export async function namedEngines({ engine = [], on = [], hosts = HOSTS_FILE }: EngineValues): Promise<Engine[]> {
  const machines = on.length === 0 ? [] : choose(await openRoom({ hosts }), on, { step: 'certs' });
  return [...engine.map(parseEngine), ...machines.map((machine) => engineOf(machine))];
}
