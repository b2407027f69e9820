/** What machines are there for: the page and the ledger that are looked at while faults befall them. */
import { UsageError } from '../lib/command-line.ts';
import type { Engine } from '../lib/engine.ts';
import { listMembersOf } from '../lib/members.ts';
import { needPrograms } from '../lib/process.ts';
import { projectName, type ProjectValues } from '../lib/project-name.ts';
import { engineOf } from '../lib/room/engines.ts';
import type { Room } from '../lib/room/open-room.ts';
import { listInWords } from '../lib/words.ts';
import type { Target } from './targets/target.ts';

export interface Application {
  /** Or the stack. */
  readonly project: string;
  readonly engines: readonly Engine[];
}

export interface ApplicationOptions {
  readonly room: Room;
  readonly signal: AbortSignal;
}

/**
 * On all machines of their cluster, by those engines: it runs on the others, too.
 *
 * @throws UsageError for machines of several clusters, as each has an application of its own, and where nothing is of it
 */
export async function applicationOn(
  targets: readonly Target[],
  values: ProjectValues,
  { room: { machines }, signal }: ApplicationOptions,
): Promise<Application> {
  const clusters = [...new Set(targets.map(({ group }) => group))];
  if (clusters.length > 1) {
    throw new UsageError(`-p names the application of one cluster; the targets are in ${listInWords(clusters)}`);
  }
  await needPrograms('docker');
  const project = await projectName(values, signal);
  const engines = machines.filter(({ cluster }) => clusters.includes(cluster.name)).map((machine) => engineOf(machine));
  if ((await listMembersOf(project, engines, { signal })).length > 0) return { project, engines };
  throw new UsageError(`There is nothing of ${project} on ${listInWords(engines.map(({ name }) => name))}`);
}
