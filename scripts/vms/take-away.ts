/** Takes machines away, and asks whoever had made them whether anything is left. */
import { changeHostsFile, removeHosts } from '../lib/hosts-file.ts';
import { run } from '../lib/process.ts';
import { createProgress } from '../lib/progress.ts';
import { countInWords, listInWords } from '../lib/words.ts';
import { leftInLab, lookAtLab, removeFromLab } from './lab-belongings.ts';
import type { Machine } from './machine.ts';
import { type Directory, machinesOf, readRecord, recordDirectory } from './record.ts';
import type { Targets } from './targets.ts';
import { destroyDirectory, listResources } from './terraform.ts';

/** What was made of the machines with these addresses: in a lab on the engine here, if there is one, or with terraform. */
export async function findMade(addresses: readonly string[], lab: string): Promise<Targets> {
  const wanted = new Set(addresses);
  const isOurs = ({ address }: { readonly address: string }): boolean => wanted.has(address);
  const { directories } = await readRecord();
  const hasEngine = await run(['docker', 'version'], { withinMs: 20_000 }).then(({ code }) => code === 0, () => false);
  const inLab = hasEngine ? await lookAtLab(lab) : { machines: [], volumes: [], network: false };
  const machines = inLab.machines.filter(isOurs);
  return {
    ...{ machines, orphans: [], directories: directories.filter(({ machines: made }) => made.some(isOurs)) },
    network: inLab.network && machines.length === inLab.machines.length && machines.length > 0,
  };
}

export interface TakeAwayOptions {
  readonly lab: string;
  /** The list that they stand in, if it is not the one that each was written to. */
  readonly hosts?: string | undefined;
  readonly signal: AbortSignal;
}

/** Nobody is asked. Gives what went wrong, and what whoever had made them says is still there. */
export async function takeAway(
  targets: Targets,
  { lab, hosts, signal }: TakeAwayOptions,
): Promise<{ readonly trouble: string[]; readonly left: string[] }> {
  const trouble = [...unlist(machinesIn(targets), hosts)];
  const progress = createProgress();
  trouble.push(...await removeFromLab(targets, { lab, signal, progress }));
  for (const directory of targets.directories) trouble.push(...await destroyOne(directory));
  return { trouble, left: [...await leftInLab(targets, lab), ...await leftWithTerraform(targets)] };
}

export function machinesIn({ machines, directories }: Targets): Machine[] {
  return [...machines, ...directories.flatMap(machinesOf)];
}

export function targetsInWords({ machines, orphans, network, directories }: Targets): string {
  const parts = [
    ...(machines.length === 0 ? [] : [countInWords(machines.length, 'machine')]),
    ...(orphans.length === 0 ? [] : [`${countInWords(orphans.length, 'volume')} without a machine`]),
    ...(network ? ['the network of the lab'] : []),
    ...directories.map(({ directory, machines: own }) => `${countInWords(own.length, 'machine')} of ${directory}`),
  ];
  return listInWords(parts) || 'nothing';
}

/** A line for people, beside the result. */
export const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * First of all: an address that leads nowhere does more harm than a machine that nobody uses for a moment. A list that
 * cannot be written keeps no machine alive. Gives what went wrong.
 */
function* unlist(machines: readonly Machine[], given: string | undefined): Generator<string> {
  for (const [file, own] of Map.groupBy(machines, ({ hostsFile }) => given ?? hostsFile)) {
    try {
      changeHostsFile(file, (text) => removeHosts(text, own.map(({ address }) => address)));
    } catch (error) {
      yield (error as Error).message;
    }
  }
}

async function destroyOne({ directory }: Directory): Promise<string[]> {
  try {
    await destroyDirectory(directory, { onLine: tell });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

/** What terraform says is still there; a directory without any is forgotten. */
async function leftWithTerraform({ directories }: Targets): Promise<string[]> {
  const left: string[] = [];
  for (const { directory } of directories) {
    try {
      const resources = await listResources(directory);
      left.push(...resources.map((resource) => `${resource} in ${directory}`));
      if (resources.length === 0) await recordDirectory(directory, undefined);
    } catch (error) {
      left.push(`perhaps something in ${directory}: ${(error as Error).message}`);
    }
  }
  return left;
}
