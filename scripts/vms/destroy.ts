/** destroy: shows what goes, asks, takes it away, and proves that nothing of it is left. */
import { confirm } from '../lib/ask.ts';
import { EXIT, print, verb } from '../lib/command-line.ts';
import { needPrograms } from '../lib/process.ts';
import { common, dryRun, parseLab, parseProvider, provider } from './flags.ts';
import { lookAtLab } from './lab-belongings.ts';
import { formatMachines } from './list.ts';
import { inOrder } from './machine.ts';
import { readRecord } from './record.ts';
import { machinesIn, takeAway, targetsInWords, tell } from './take-away.ts';
import { countTargets, selectTargets, type Targets } from './targets.ts';

const flags = {
  ...common,
  ...dryRun,
  ...provider,
  all: { type: 'boolean' },
  overdue: { type: 'boolean' },
  yes: { type: 'boolean' },
} as const;

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
