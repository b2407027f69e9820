/** The room that a step is about: its settings, its machines, and what has been done to them. */
import { UsageError } from '../command-line.ts';
import { readHosts } from '../hosts.ts';
import { readJournal, type Written } from './journal.ts';
import { type Cluster, clustersIn, lastOf, type Machine, machinesOf, numberNew } from './room.ts';
import { selectMachines } from './select.ts';
import { readSettings, type RoomSettings } from './settings.ts';
import { HOSTS_FILE, type RoomValues } from './flags.ts';

export interface Room {
  readonly settings: RoomSettings;
  readonly entries: readonly Written[];
  readonly clusters: readonly Cluster[];
  readonly machines: readonly Machine[];
  /** Whether the numbers are for good: after `init`. Before it they are what init would give. */
  readonly isNumbered: boolean;
}

/** @throws UsageError for files that cannot be read, and for machines of --hosts that have no number yet */
export async function openRoom({ hosts: file }: Pick<RoomValues, 'hosts'>): Promise<Room> {
  const settings = await readSettings();
  const entries = readJournal();
  const clusters = clustersIn(entries);
  if (clusters.length > 0) {
    const machines = machinesOf(clusters);
    const isAll = file === HOSTS_FILE;
    return { settings, entries, clusters, machines: isAll ? machines : await only(machines, file), isNumbered: true };
  }
  const numbers = numberNew([], await readHosts(file), { clusterSize: settings.clusterSize, smaller: true });
  const foreseen = clustersIn([{ kind: 'clusters', clusters: numbers }]);
  return { settings, entries, clusters: foreseen, machines: machinesOf(foreseen), isNumbered: false };
}

async function only(machines: readonly Machine[], file: string): Promise<Machine[]> {
  const listed = await readHosts(file);
  const byAddress = new Map(machines.map((machine) => [machine.host.address, machine]));
  const stranger = listed.find(({ address }) => !byAddress.has(address));
  if (stranger) {
    throw new UsageError(`${file}, line ${stranger.line}: ${stranger.address} is not in the room yet: prep.mjs init`);
  }
  return listed.map(({ address }) => byAddress.get(address)!);
}

export interface ChooseOptions {
  readonly step: string;
  /** Only where the last word on the step is a bad one. */
  readonly failed?: boolean | undefined;
  /** Only where the step is not done, begun or not. */
  readonly rest?: boolean | undefined;
}

/** Those that selectors name; `failed` goes by the last word on the step. */
export function choose(
  { machines, entries }: Room,
  selectors: readonly string[],
  { step, failed = false, rest = false }: ChooseOptions,
): Machine[] {
  const last = lastOf(entries, step);
  const endOf = ({ host }: Machine): string | undefined => last.get(host.address)?.end;
  const hasFailed = (machine: Machine): boolean => (endOf(machine) ?? 'done') !== 'done';
  const chosen = selectMachines(machines, selectors, { hasFailed });
  return chosen.filter((machine) => (!failed || hasFailed(machine)) && (!rest || endOf(machine) !== 'done'));
}

/** @throws UsageError before init */
export function assertNumbered({ isNumbered }: Room): void {
  if (!isNumbered) throw new UsageError('The machines have no numbers yet: prep.mjs init gives them, once');
}
