/** Our application with chaos.mjs beside it: three of what can be scaled, all opted in. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account, Entry, Written } from '../scripts/chaos/journal.ts';
import type { PlannedFault } from '../scripts/chaos/plan/plan.ts';
import { createProject, type Project } from './compose.ts';
import { type Run, run } from './docker.ts';
import { eventually } from './eventually.ts';
import { ROOT, type Scope } from './machine.ts';
import { type Program, startProgram } from './program.ts';
import { runScript, scriptCommand } from './script.ts';

export { readJournal } from '../scripts/chaos/journal.ts';

export interface ChaosProject extends Project {
  /** Where the journals are. */
  readonly folder: string;
  /** chaos.mjs with a verb, about this project, to its end. */
  readonly chaos: (verb: string, ...args: string[]) => Promise<Run>;
  /** The same, beside the test; what it has broken is healed after it. */
  readonly startChaos: (t: Scope, verb: string, ...args: string[]) => Program;
  /** Resolves when every container is found healthy. */
  readonly untilWell: () => Promise<void>;
}

/** Starts it, and waits until it mines. `scales` beyond one: `rng=3`. */
export async function startChaosProject(t: Scope, scales: readonly string[]): Promise<ChaosProject> {
  const project = await createProject(t);
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-chaos-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = ['compose.yml', 'compose.chaos.yml'].flatMap((name) => ['-f', join(ROOT, name)]);
  await project.compose(...files, 'up', '--detach', '--build', ...scales.flatMap((scale) => ['--scale', scale]));
  const place = ['-p', project.name];
  const untilWell = async (): Promise<void> => {
    const list = ['docker', 'ps', '--all', '--filter', `label=com.docker.compose.project=${project.name}`];
    await eventually(async () => {
      const { output } = await run([...list, '--format', '{{.Status}}']);
      return output.trim().split('\n').every((status) => /^Up .*\(healthy\)$/.test(status));
    }, { what: `${project.name} to be healthy`, withinMs: 60_000 });
  };
  await untilWell();
  await eventually(async () => ((await project.numbers()).hashes ?? 0) > 0, { what: 'hashes', withinMs: 30_000 });
  return {
    ...{ ...project, folder, untilWell },
    chaos: (verb, ...args) => runScript('chaos', [verb, ...place, ...args], { cwd: folder }),
    startChaos: (scope, verb, ...args) => {
      scope.after(() => runScript('chaos', ['heal', ...place], { cwd: folder }));
      return startProgram(scope, scriptCommand('chaos', [verb, ...place, ...args]), { cwd: folder });
    },
  };
}

/** A journal that `--replay` takes a plan from, in that folder: its path. */
export async function writePlan(folder: string, name: string, plan: readonly PlannedFault[]): Promise<string> {
  const begin: Entry = { kind: 'begin', run: name, seed: 1, args: [], hypothesis: [], inventory: [], plan };
  const file = join(folder, `${name}.ndjson`);
  await writeFile(file, `${JSON.stringify({ at: new Date().toISOString(), ms: 0, ...begin })}\n`);
  return file;
}

/** `1 kill on`, in the order of a journal. */
export function wordsOf(entries: readonly Written[]): string[] {
  return entries.flatMap((entry) => entry.kind === 'fault' ? [`${entry.number} ${entry.fault} ${entry.word}`] : []);
}

/** Undefined for a run that was ended before. */
export function ledgerAfter(entries: readonly Written[]): Account | undefined {
  return entries.filter((entry) => entry.kind === 'ledger').find(({ phase }) => phase === 'after');
}

/** What may be indeterminate is another thing. */
export function assertNothingIsLost(entries: readonly Written[]): void {
  assert.deepEqual({ ...ledgerAfter(entries), at: 0, ms: 0, indeterminate: 0 }, {
    ...{ at: 0, ms: 0, kind: 'ledger', phase: 'after', lost: 0, duplicated: 0, unexplained: 0 },
    ...{ indeterminate: 0, problems: [] },
  });
}
