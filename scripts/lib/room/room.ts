/** Who is in a room: its clusters and their machines, as the journal tells it. */
import type { Host } from '../fan-out/connections.ts';
import type { Entry, Role, StepEntry } from './journal.ts';

export interface Cluster {
  /** `c3`: its number, which it keeps. */
  readonly name: string;
  readonly role: Role;
  /** node1 first. */
  readonly hosts: readonly Host[];
}

export interface Machine {
  /** `c3:n1` */
  readonly name: string;
  readonly host: Host;
  readonly cluster: Cluster;
  /** Counted from 1, in its cluster. */
  readonly node: number;
}

/** In the order of their numbers. */
export function clustersIn(entries: readonly Entry[]): Cluster[] {
  const clusters = new Map<string, Cluster>();
  for (const entry of entries) {
    switch (entry.kind) {
      case 'clusters':
        for (const [name, hosts] of Object.entries(entry.clusters)) {
          clusters.set(name, { name, role: 'student', hosts: hosts.map(splitHost) });
        }
        break;
      case 'role':
        clusters.set(entry.cluster, { ...clusters.get(entry.cluster)!, role: entry.role });
        break;
      case 'swap': {
        const { hosts } = clusters.get(entry.spare)!;
        clusters.set(entry.cluster, { ...clusters.get(entry.cluster)!, hosts });
        clusters.delete(entry.spare);
        break;
      }
      case 'begin':
      case 'step':
      case 'end':
      case 'dns':
      case 'cards':
        break;
    }
  }
  return [...clusters.values()].sort((a, b) => numberOf(a.name) - numberOf(b.name));
}

/** Students first, then the instructor's, then spares; each in the order of their numbers. */
export function machinesOf(clusters: readonly Cluster[]): Machine[] {
  const ranks: Readonly<Record<Role, number>> = { student: 0, instructor: 1, spare: 2 };
  return clusters.toSorted((a, b) => ranks[a.role] - ranks[b.role]).flatMap((cluster) =>
    cluster.hosts.map((host, at) => ({ name: `${cluster.name}:n${at + 1}`, host, cluster, node: at + 1 }))
  );
}

export interface Numbering {
  readonly clusterSize: number;
  /** Whether a last cluster may have fewer machines. */
  readonly smaller: boolean;
}

/**
 * Numbers for the machines that have none yet, going on after those that have.
 *
 * @throws RangeError for a remainder
 */
export function numberNew(
  clusters: readonly Cluster[],
  hosts: readonly Host[],
  { clusterSize, smaller }: Numbering,
): Record<string, string[]> {
  const known = new Set(clusters.flatMap((cluster) => cluster.hosts.map(({ address }) => address)));
  const fresh = hosts.filter(({ address }) => !known.has(address)).map(joinHost);
  const left = fresh.length % clusterSize;
  if (left !== 0 && !smaller) {
    throw new RangeError(
      `Cannot make clusters of ${clusterSize} machines out of ${fresh.length}: ${left} would be left over; ` +
        'take them out of the list, or say --smaller for a last cluster with fewer',
    );
  }
  const next = Math.max(0, ...clusters.map(({ name }) => numberOf(name))) + 1;
  const count = Math.ceil(fresh.length / clusterSize);
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [
    `c${next + at}`,
    fresh.slice(at * clusterSize, (at + 1) * clusterSize),
  ]));
}

/** Steps that give machines what belongs to a seat: its password, its name, its key, its card. */
const OF_A_SEAT = new Set(['copykey', 'post', 'verify']);

/**
 * The last word on each machine about a step, by address. There is none where it has become another's since, and none about
 * a card that has been made anew since.
 */
export function lastOf(entries: readonly Entry[], step: string): Map<string, StepEntry> {
  const last = new Map<string, StepEntry>();
  const forget = (names: readonly string[], before: readonly Entry[]): void => {
    const clusters = clustersIn(before).filter(({ name }) => names.includes(name));
    for (const { address } of clusters.flatMap(({ hosts }) => hosts)) last.delete(address);
  };
  for (const [at, entry] of entries.entries()) {
    if (entry.kind === 'step' && entry.step === step) last.set(entry.address, entry);
    if (entry.kind === 'swap' && OF_A_SEAT.has(step)) forget([entry.spare], entries.slice(0, at));
    if (entry.kind === 'cards' && step === 'verify') forget(Object.keys(entry.cards), entries.slice(0, at));
  }
  return last;
}

function splitHost(text: string): Host {
  const at = text.lastIndexOf('@');
  return at < 0 ? { address: text } : { address: text.slice(at + 1), login: text.slice(0, at) };
}

/** As it stands in a list. */
export function joinHost({ address, login }: Host): string {
  return login === undefined ? address : `${login}@${address}`;
}

export function numberOf(cluster: string): number {
  return Number(cluster.slice(1));
}
