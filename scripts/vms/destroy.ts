/** destroy: shows what goes, asks, takes it away, and proves that nothing of it is left. */
import { confirm } from '../lib/ask.ts';
import { EXIT, print, verb } from '../lib/command-line.ts';
import { changeHostsFile, removeHosts } from '../lib/hosts-file.ts';
import { needPrograms } from '../lib/process.ts';
import { createProgress } from '../lib/progress.ts';
import { countInWords } from '../lib/words.ts';
import { common, dryRun, parseLab, parseProvider, provider } from './flags.ts';
import { leftInLab, lookAtLab, removeFromLab } from './lab-belongings.ts';
import { formatMachines } from './list.ts';
import { inOrder, type Machine } from './machine.ts';
import { type Directory, machinesOf, readRecord, recordDirectory } from './record.ts';
import { countTargets, selectTargets, type Targets } from './targets.ts';
import { destroyDirectory, listResources } from './terraform.ts';

const flags = {
  ...common,
  ...dryRun,
  ...provider,
  all: { type: 'boolean' },
  overdue: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

export const destroy = verb(flags, async ({ values, positionals, signal }) => {
  const lab = parseLab(values.lab);
  const selection = {
    names: positionals,
    provider: parseProvider(values.provider),
    all: values.all ?? false,
    overdue: values.overdue ?? false,
  };
  const { directories } = await readRecord();
  if (selection.provider !== 'terraform') await needPrograms('docker');
  const inLab = selection.provider === 'terraform' ? undefined : await lookAtLab(lab);
  const targets = selectTargets({ lab: inLab, directories }, selection);
  const isDryRun = values['dry-run'] ?? false;
  const words = targetsInWords(targets);
  if (countTargets(targets) === 0) {
    print(values, asData(targets, { isDryRun, left: [] }), 'Nothing to do: there is no such machine');
    return EXIT.done;
  }
  tell(describe(targets));
  if (isDryRun) {
    print(values, asData(targets, { isDryRun, left: [] }), `Would destroy ${words}`);
    return EXIT.done;
  }
  if (targets.directories.length > 0) await needPrograms('terraform');
  if (!(values.yes || await confirm(`Destroy ${words}?`))) {
    print(values, asData(targets, { isDryRun, left: [] }), 'Nothing was destroyed');
    return EXIT.failed;
  }
  const { trouble, left } = await takeAway(targets, { lab, hosts: values.hosts, signal });
  const isAllGone = left.length + trouble.length === 0;
  const lines = [
    ...trouble,
    ...left.map((what) => `LEFT: ${what}`),
    left.length === 0
      ? `Destroyed ${words}; asked again, ${whoIsAsked(targets)} knows of nothing that is left`
      : `Not all of ${words} is gone: run it again`,
  ];
  print(values, asData(targets, { isDryRun, left, trouble }), lines.join('\n'));
  if (signal.aborted) return EXIT.interrupted;
  return isAllGone ? EXIT.done : EXIT.failed;
});

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
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0] ?? 'nothing';
}

function describe(targets: Targets): string {
  const machines = machinesIn(targets);
  return [
    ...(machines.length === 0 ? [] : [formatMachines(inOrder(machines))]),
    ...targets.orphans.map((name) => `volume ${name}, whose machine is gone`),
  ].join('\n');
}

function whoIsAsked({ machines, orphans, network, directories }: Targets): string {
  const engine = machines.length + orphans.length > 0 || network ? ['the engine'] : [];
  return [...engine, ...(directories.length > 0 ? ['terraform'] : [])].join(' and ');
}

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

interface Result {
  readonly isDryRun: boolean;
  readonly left: readonly string[];
  readonly trouble?: readonly string[];
}

function asData(targets: Targets, { isDryRun, left, trouble = [] }: Result) {
  return {
    dryRun: isDryRun,
    machines: machinesIn(targets).map(({ provider, name, address }) => ({ provider, name, address })),
    left,
    trouble,
  };
}
