import { type Cluster, type Machine, machinesOf } from '../lib/room/room.ts';

/** The machine that has what is there once in a room: the first of the instructor's, else of the first cluster. */
export function firstMachine(clusters: readonly Cluster[]): Machine {
  const machines = machinesOf(clusters);
  return machines.find(({ cluster }) => cluster.role === 'instructor') ?? machines[0]!;
}
