/** What the steps of a room know on each machine. */
import { readKnownHosts } from '../lib/room/journal.ts';
import type { Room } from '../lib/room/open-room.ts';
import type { Machine } from '../lib/room/room.ts';
import type { StepInput } from '../lib/room/run-steps.ts';
import { type ClusterKey, clusterKey } from './cluster-keys.ts';
import { registryOf } from './registry.ts';

/** @param variables besides those that every step has */
export async function stepInput(
  machines: readonly Machine[],
  room: Room,
  variables: Readonly<Record<string, string>> = {},
): Promise<(machine: Machine, login: string) => StepInput> {
  const recorded = readKnownHosts();
  const clusters = new Map(machines.map(({ cluster }) => [cluster.name, cluster]));
  const keys = new Map<string, ClusterKey>();
  for (const [name, cluster] of clusters) keys.set(name, await clusterKey(cluster, recorded));
  return ({ cluster, node }, login) => {
    const key = keys.get(cluster.name)!;
    return {
      variables: {
        ...{ NODE: `node${node}`, CLUSTER: cluster.name, LOGIN: login },
        HOSTS: cluster.hosts.map(({ address }, at) => `${address} node${at + 1}`).join('\n'),
        ...{ TIMEZONE: room.settings.timezone, LOCALE: room.settings.locale, REGISTRY: registryOf(room).address },
        ...variables,
      },
      files: {
        CLUSTER_KEY: key.privateKey,
        CLUSTER_KEY_PUBLIC: key.authorized,
        CLUSTER_KNOWN_HOSTS: key.knownHosts,
      },
    };
  };
}
