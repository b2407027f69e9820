/**
 * Minutes of faults on the whole application, and a look at what they leave. The monkey is at work twice, from a seed:
 * once with faults of which containers die, once with those that they have to live with, so that what they leak adds up.
 * Between the two, the store comes back with less than it had acknowledged: by so little that workers have it all, while
 * the monkey's ledger looks on; then by so much that they have not, which they have to count to the last batch.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ChaosProject, startChaosProject } from './chaos.ts';
import { eventually } from './eventually.ts';
import { judgeHoldings, watchHoldings } from './holdings.ts';
import type { Scope } from './machine.ts';
import { createMonkey, type Monkey } from './monkey.ts';
import { keepsWhatIsOnDisk, putOlderDataBack, readBooks } from './older-data.ts';

export interface SoakOptions {
  /** Of the faults, both times together. */
  readonly forMs: number;
  readonly seed: number;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Soaked {
  /** What is wrong, in words. */
  readonly problems: readonly string[];
  /** For people: the faults that were on, and what each container held. */
  readonly summary: string;
}

const ALL_FAULTS = 'kill,pause,stop,restart,isolate,partition,loss,cpu,slow,errors';
/** Those that nobody dies of. */
const FAULTS_TO_LIVE_WITH = 'pause,isolate,partition,loss,cpu,slow,errors';

const VICTIMS = ['redis', 'rng', 'hasher', 'worker'];
const CONTAINERS = 9;

/** The speed is that of ten seconds, so it needs as long to be again what it was. Three workers make 10 hashes a second. */
const FLAGS = [
  ...['--keep', '0', '--max', '2', '--every', '10s±50%', '--lasting', '5s±50%', '--grace', '45s'],
  ...['--hypothesis', 'speed>=5', '--hypothesis', 'coins grow'],
];

/** One fault late in a run, so that there is a ledger around what is done meanwhile. */
const QUIET = ['--for', '40s', '--every', '20s', '--lasting', '3s', '--most', '1', '--faults', 'slow', 'hasher'];

/** Workers keep what was acknowledged in the last 5 s of a Redis that does not tell what is on its disk. */
const YOUNG_MS = 2000;
const OLD_MS = 20_000;

/** After the last fault, for the last looks at what is held. */
const REST_MS = 15_000;

export async function soak(t: Scope, { forMs, seed, tell, signal }: SoakOptions): Promise<Soaked> {
  tell('rng=2 hasher=2 worker=3 redis webui are started …');
  const project = await startChaosProject(t, ['rng=2', 'hasher=2', 'worker=3']);
  const watch = watchHoldings(t, project.name);
  const monkey = createMonkey(project, { flags: FLAGS, tell, signal });
  const half = ['--for', `${Math.round(forMs / 2)}ms`];
  await monkey.run('all faults', [...half, '--seed', `${seed}`, '--faults', ALL_FAULTS, ...VICTIMS]);
  await project.untilWell();
  const problems = [
    ...await storeComesBackWithLittleLess(project, monkey, tell),
    ...await storeComesBackWithMuchLess(project, tell),
  ];
  await monkey.run('faults to live with', [
    ...[...half, '--seed', `${seed + 1}`, '--faults', FAULTS_TO_LIVE_WITH, ...VICTIMS],
  ]);
  await project.untilWell();
  await sleep(REST_MS, undefined, { signal });
  const { leaks, compared, table } = judgeHoldings(await watch.stop());
  const audit = await project.audit();
  if (audit.code !== 0) problems.push(`the strict audit ended with ${audit.code}: ${audit.output}`);
  if (compared.length < CONTAINERS) problems.push(`it was too short: only ${compared.join(', ')} could be compared`);
  const faults = [...monkey.faults].map(([fault, count]) => `${count} ${fault}`).join(', ');
  return {
    problems: [...monkey.problems, ...problems, ...leaks],
    summary: `Faults that were on: ${faults}\n${audit.output.trim()}\n${table}`,
  };
}

async function storeComesBackWithLittleLess(
  project: ChaosProject,
  monkey: Monkey,
  tell: (line: string) => void,
): Promise<string[]> {
  if (await keepsWhatIsOnDisk(project)) {
    tell('This Redis tells workers what is on its disk: what it told cannot be missing from it afterwards');
    return [];
  }
  const before = await readBooks(project);
  await monkey.run('a store with a little less', QUIET, async () => {
    await putOlderDataBack(project, YOUNG_MS);
    tell(`Redis has come back with what it had ${YOUNG_MS / 1000} s before`);
  });
  await untilBalanced(project, before.ofOthers);
  const { lost } = await readBooks(project);
  return lost === before.lost ? [] : [`${lost - before.lost} batches are lost that workers should have kept`];
}

async function storeComesBackWithMuchLess(project: ChaosProject, tell: (line: string) => void): Promise<string[]> {
  const before = await readBooks(project);
  await putOlderDataBack(project, OLD_MS);
  await untilBalanced(project, before.ofOthers);
  const lost = (await readBooks(project)).lost - before.lost;
  tell(`Redis has come back with what it had ${OLD_MS / 1000} s before: ${lost} batches are lost, and counted`);
  await project.untilWell();
  // What the store has not, workers have kept, or count: the books said that. That there was something to count says this.
  return lost > 0 ? [] : ['the store was to come back with less than workers keep, and did not'];
}

async function untilBalanced(project: ChaosProject, ofOthers: number): Promise<void> {
  await eventually(async () => (await readBooks(project)).ofOthers === ofOthers, {
    ...{ what: `the store and its workers to agree on all but ${ofOthers} hashes`, withinMs: 60_000, everyMs: 500 },
  });
}
