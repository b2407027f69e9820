/** The machines that a step of swarm.mjs is about, by cluster, and how they are spoken with. */
import type { Connections } from '../lib/fan-out/connections.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { needPrograms } from '../lib/process.ts';
import { limitsOf, type StepValues } from '../lib/room/flags.ts';
import { choose, openRoom, type Room } from '../lib/room/open-room.ts';
import { reachAsIs } from '../lib/room/reach.ts';
import { type Machine, machinesOf } from '../lib/room/room.ts';
import { onMachines } from '../lib/room/step.ts';

/** All nodes of a cluster, whichever of them were named. */
export interface ClusterNodes {
  /** `c3` */
  readonly name: string;
  /** node1 first: it is a manager. */
  readonly nodes: readonly Machine[];
}

export interface Nodes {
  readonly room: Room;
  /** Those that were named. */
  readonly machines: readonly Machine[];
  /** Of the clusters that these belong to. */
  readonly clusters: readonly ClusterNodes[];
  readonly connections: Connections;
  /** Runs a script of sh on machines, as their user. What they say is kept nowhere: it may be a token. */
  readonly ask: (machines: readonly Machine[], script: string | ((machine: Machine) => string)) => Promise<Result[]>;
  readonly limits: ReturnType<typeof limitsOf>;
}

export interface OpenOptions {
  /** For the progress, and for --failed. */
  readonly step: string;
  readonly values: StepValues;
  readonly selectors: readonly string[];
  readonly signal: AbortSignal;
  /** When --within does not say it; 5m. */
  readonly within?: string;
}

export async function openNodes({ step, values, selectors, signal, within = '5m' }: OpenOptions): Promise<Nodes> {
  await needPrograms('ssh');
  const room = await openRoom(values);
  const chosen = choose(room, selectors, { step, ...values });
  const names = new Set(chosen.map(({ cluster }) => cluster.name));
  const all = machinesOf(room.clusters).filter(({ cluster }) => names.has(cluster.name));
  const clusters = [...Map.groupBy(all, ({ cluster }) => cluster.name)].map(([name, nodes]) => ({ name, nodes }));
  // The same machines, though a list may have made the chosen ones anew.
  const byName = new Map(all.map((machine) => [machine.name, machine]));
  const machines = chosen.map(({ name }) => byName.get(name)!);
  const limits = limitsOf(values, within);
  const connections = reachAsIs(room, values, limits);
  return {
    ...{ room, machines, clusters, connections, limits },
    ask: async (some, script) =>
      await onMachines(some, {
        ...{ ...limits, step, connections, signal },
        script: typeof script === 'string' ? () => script : script,
      }),
  };
}

/** What a machine has printed, where its script came to a good end. */
export function said({ end, stdout }: Result): string | undefined {
  return end === 'done' ? stdout.text().trim() : undefined;
}

export function hasSome({ nodes }: ClusterNodes, machines: readonly Machine[]): boolean {
  return nodes.some((machine) => machines.includes(machine));
}
