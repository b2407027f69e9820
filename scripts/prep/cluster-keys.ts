/** A key for each cluster: its nodes reach each other with it, and nobody else's. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../lib/process.ts';
import { WORKSHOP_FOLDER } from '../lib/room/journal.ts';
import type { Cluster } from '../lib/room/room.ts';

export interface ClusterKey {
  /** A secret. */
  readonly privateKey: string;
  /** For authorized_keys: taken from the machines of the cluster alone. */
  readonly authorized: string;
  /** For a node's known_hosts: node1 and so on, by the keys that were recorded for the room. */
  readonly knownHosts: string;
}

/** Made when it is asked for first, and kept in .workshop/keys. */
export async function clusterKey({ name, hosts }: Cluster, recorded: string): Promise<ClusterKey> {
  const folder = join(WORKSHOP_FOLDER, 'keys');
  const file = join(folder, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(`${file}.pub`)) {
    await output(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'coinroom-cluster', '-f', file]);
  }
  const from = hosts.map(({ address }) => address).join(',');
  return {
    privateKey: readFileSync(file, 'utf8'),
    authorized: `from="${from}" ${readFileSync(`${file}.pub`, 'utf8').trim()}`,
    knownHosts: hosts.flatMap(({ address }, at) => renamed(recorded, address, `node${at + 1}`)).join('\n'),
  };
}

/** The lines of a known_hosts file about an address, for another name. */
function renamed(text: string, address: string, name: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [names = '', ...key] = line.split(' ');
    const isOwn = names.split(',').some((one) => one === address || one.startsWith(`[${address}]:`));
    return isOwn ? [[`${name},${address}`, ...key].join(' ')] : [];
  });
}
