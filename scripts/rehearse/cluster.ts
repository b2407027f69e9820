/** Which machines are node1, node2 and so on: those of a cluster of the room, or where there is none, of a list. */
import { dirname, join, resolve } from 'node:path';
import { parseCount, UsageError } from '../lib/command-line.ts';
import type { Host, SshOptions } from '../lib/fan-out/connections.ts';
import { readHosts } from '../lib/hosts.ts';
import { KNOWN_HOSTS, readJournal } from '../lib/room/journal.ts';
import { type Cluster, clustersIn } from '../lib/room/room.ts';
import { readSettings, ROOM_FILE } from '../lib/room/settings.ts';

export interface ClusterNodes {
  /** By the names of nodes: `node1`. */
  readonly hosts: ReadonlyMap<string, Host>;
  /** Of a room: the login of its settings, and the file with the keys of its machines. */
  readonly login?: string;
  readonly hostKeys?: string;
}

/**
 * A room that `prep.mjs init` has numbered beside the list knows its clusters. Without one, each has the next `size` hosts.
 *
 * @throws UsageError when there is no such cluster
 */
export async function findCluster(file: string, name: string, size: string): Promise<ClusterNodes> {
  const folder = dirname(resolve(file));
  const clusters = clustersIn(readJournal(folder));
  if (clusters.length === 0) {
    return { hosts: clusterOf(await readHosts(file), name, parseCount('--size', size, { least: 1 })) };
  }
  const { login } = await readSettings(join(folder, ROOM_FILE));
  return {
    hosts: named(ofRoom(clusters, name)),
    hostKeys: join(folder, KNOWN_HOSTS),
    ...(login === '' ? {} : { login }),
  };
}

function ofRoom(clusters: readonly Cluster[], name: string): readonly Host[] {
  const found = clusters.find((cluster) => cluster.name === name);
  if (found) return found.hosts;
  const names = clusters.map((cluster) => cluster.name).join(' ');
  throw new UsageError(`A cluster of this room is one of ${names}; got ${JSON.stringify(name)}`);
}

/** `c3` of a list, `size` hosts each. @throws UsageError when the list has no such cluster */
function clusterOf(hosts: readonly Host[], cluster: string, size: number): Map<string, Host> {
  const number = Number(/^c([1-9]\d*)$/.exec(cluster)?.[1]);
  const chosen = hosts.slice((number - 1) * size, number * size);
  if (chosen.length === 0) {
    const most = Math.ceil(hosts.length / size);
    throw new UsageError(`A cluster is one of c1 to c${most}, ${size} hosts each; got ${JSON.stringify(cluster)}`);
  }
  return named(chosen);
}

/** node1 is the first. */
function named(hosts: readonly Host[]): Map<string, Host> {
  return new Map(hosts.map((host, at) => [`node${at + 1}`, host]));
}

/** How the machines of a room are reached. */
export function sshOf({ hostKeys, login }: Omit<ClusterNodes, 'hosts'>, given: SshOptions) {
  return {
    ...given,
    login: given.login ?? login,
    hostKeys: hostKeys === undefined ? undefined : { file: hostKeys, acceptNew: false },
  };
}
