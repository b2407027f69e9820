/** Shows what belongs to a project, asks, removes it. */
import { confirm } from '../lib/ask.ts';
import { endingWell, EXIT, UsageError, verb } from '../lib/command-line.ts';
import { needPrograms } from '../lib/process.ts';
import { namesProject, projectFlags, projectName } from '../lib/project-name.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { type Belongings, findBelongings, isWithoutName, type OwnedContainer, type Scope } from './belongings.ts';
import { type Outcome, removeAll } from './remove.ts';

const flags = {
  ...projectFlags,
  volumes: { type: 'boolean' },
  all: { type: 'boolean' },
  yes: { type: 'boolean', multiple: true },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await endingWell((signal) => clean(args, signal));
}

const clean = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) throw new UsageError(`clean.mjs takes flags only; got ${JSON.stringify(positionals[0])}`);
  const { all = false, volumes = false, json = false, 'dry-run': dryRun = false, yes = [] } = values;
  if (all && (volumes || namesProject(values))) {
    throw new UsageError('--all is every container of the engine and nothing else: not with --volumes, -p or -f');
  }
  if (all && !dryRun && yes.length < 2 && (yes.length === 1 || !process.stdin.isTTY)) {
    const why = yes.length === 1 ? 'one --yes is not enough' : 'there is no terminal to ask on';
    throw new UsageError(`--all removes the containers of everybody: ${why}, say --yes --yes`);
  }
  await needPrograms('docker');
  const scope: Scope = all ? { kind: 'all' } : { kind: 'project', name: await projectName(values, signal) };
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);

  const found = await findBelongings(scope);
  const plan = { ...found, volumes: [...found.scratch, ...(volumes ? found.volumes : [])] };
  const kept = volumes ? [] : found.volumes;
  const whose = scope.kind === 'all' ? 'this engine' : scope.name;
  const report = (outcomes: readonly Outcome[]): void => {
    if (json) process.stdout.write(`${JSON.stringify(asData(scope, { plan, kept, outcomes, dryRun }))}\n`);
  };
  if (countOf(plan) === 0) {
    say(`There is nothing of ${whose} to remove${keptInWords(kept)}`);
    report([]);
    return EXIT.done;
  }
  say(formatPlan(plan));
  if (dryRun) {
    say(`--dry-run: ${inWords(plan)} of ${whose} would be removed${keptInWords(kept)}`);
    report([]);
    return EXIT.done;
  }
  const isWanted = yes.length > 0 ||
    (scope.kind === 'all'
      ? await confirmTwice(plan.containers, confirm)
      : await confirm(`Stop and remove ${inWords(plan)} of ${whose}?`));
  if (!isWanted) {
    say('Nothing was removed');
    return EXIT.failed;
  }
  const outcomes = await removeAll(plan, {
    signal,
    tell: ({ what, why }) => void process.stderr.write(`${why === undefined ? 'removed' : 'CANNOT REMOVE'} ${what}\n`),
  });
  const failed = outcomes.filter(({ why }) => why !== undefined);
  for (const { what, why } of failed) say(`Cannot remove the ${what}: ${why}`);
  say(`Removed ${outcomesInWords(outcomes)} of ${whose}${keptInWords(kept)}`);
  report(outcomes);
  if (signal.aborted) return EXIT.interrupted;
  return failed.length === 0 ? EXIT.done : EXIT.failed;
});

/** For the containers of everybody: two questions, so that no habit answers the second. */
export async function confirmTwice(
  containers: readonly Pick<OwnedContainer, 'project'>[],
  ask: (question: string) => Promise<boolean>,
): Promise<boolean> {
  const byProject = Map.groupBy(containers, ({ project }) => project ?? 'no project');
  const owners = [...byProject].map(([project, own]) => `${project} (${own.length})`).join(', ');
  return await ask(`Stop and remove all ${containers.length} containers of this engine, whoever made them?`) &&
    await ask(`They are of ${owners}. Will nobody miss them?`);
}

function formatPlan({ containers, networks, volumes }: Belongings): string {
  return formatTable(['what', 'name', 'project', 'service', 'state'], [
    ...containers.map((
      { name, project = '-', service = '-', status },
    ) => ['container', name, project, service, status]),
    ...networks.map(({ name }) => ['network', name, '', '', '']),
    ...volumes.map((name) => ['volume', name, '', '', isWithoutName(name) ? 'without a name' : '']),
  ]);
}

function countOf({ containers, networks, volumes }: Belongings): number {
  return containers.length + networks.length + volumes.length;
}

function inWords({ containers, networks, volumes }: Belongings): string {
  return countsInWords({ container: containers.length, network: networks.length, volume: volumes.length });
}

function outcomesInWords(outcomes: readonly Outcome[]): string {
  const counts = { container: 0, network: 0, volume: 0 };
  for (const { kind, why } of outcomes) if (why === undefined) counts[kind]++;
  return countsInWords(counts);
}

/** `3 containers, 1 network`; what there is none of is not named. */
function countsInWords(counts: Readonly<Record<Outcome['kind'], number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.map(([kind, count]) => countInWords(count, kind)).join(', ') || 'nothing';
}

function keptInWords(kept: readonly string[]): string {
  if (kept.length === 0) return '';
  const names = kept.filter((name) => !isWithoutName(name));
  const others = kept.length - names.length;
  const list = [...names, ...(others === 0 ? [] : [`${others} without a name`])];
  return `; volumes kept: ${list.join(', ')} (--volumes removes ${kept.length === 1 ? 'it' : 'them'} too)`;
}

interface Result {
  readonly plan: Belongings;
  readonly kept: readonly string[];
  readonly outcomes: readonly Outcome[];
  readonly dryRun: boolean;
}

function asData(scope: Scope, { plan, kept, outcomes, dryRun }: Result) {
  return {
    project: scope.kind === 'all' ? null : scope.name,
    dryRun,
    containers: plan.containers.map(({ name }) => name),
    networks: plan.networks.map(({ name }) => name),
    volumes: plan.volumes,
    kept,
    failed: outcomes.filter(({ why }) => why !== undefined).map(({ what, why }) => ({ what, why })),
  };
}
