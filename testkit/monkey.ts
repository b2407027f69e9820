/** The chaos monkey at work on a project, as a part of something longer: each run to its end, and what came of it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ChaosProject, ledgerAfter, readJournal } from './chaos.ts';
import type { Run } from './docker.ts';
import { runScript } from './script.ts';

export interface Monkey {
  /**
   * `chaos.mjs run --armed ARGS`.
   *
   * @param name of this run, for people
   * @param meanwhile what is done once its ledger has been opened
   */
  readonly run: (name: string, args: readonly string[], meanwhile?: () => Promise<void>) => Promise<void>;
  /** Of all runs so far, in words. */
  readonly problems: readonly string[];
  /** How often each fault was on. */
  readonly faults: ReadonlyMap<string, number>;
}

export interface MonkeyOptions {
  /** Of all its runs. */
  readonly flags: readonly string[];
  readonly tell: (line: string) => void;
  /** Ends a run, which takes back what it has broken, and rejects. */
  readonly signal: AbortSignal;
}

/** Runs have a length of their own. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** What its runs find is told in `problems`. */
export function createMonkey(project: ChaosProject, { flags, tell, signal }: MonkeyOptions): Monkey {
  const problems: string[] = [];
  const faults = new Map<string, number>();

  async function attempt(args: readonly string[], meanwhile: () => Promise<void>): Promise<Run> {
    const ledger = Promise.withResolvers<boolean>();
    const running = runScript('chaos', ['run', '-p', project.name, '--armed', ...flags, ...args], {
      ...{ cwd: project.folder, withinMs: FOR_EVER_MS, signal },
      onLine: (line) => {
        tell(line);
        if (line.includes('Ledger before')) ledger.resolve(true);
      },
    }).finally(() => ledger.resolve(false));
    const [run] = await Promise.all([running, ledger.promise.then((isOpen) => isOpen ? meanwhile() : undefined)]);
    return run;
  }

  function account(name: string, journal: string): void {
    const entries = existsSync(journal) ? readJournal(journal) : [];
    const on = entries.filter((entry) => entry.kind === 'fault').filter(({ word }) => word === 'on');
    for (const { fault } of on) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    if (on.length === 0) problems.push(`${name}: no fault was on`);
    const after = ledgerAfter(entries);
    const counts = [after?.lost, after?.duplicated, after?.unexplained];
    if (counts.some((count) => count !== 0)) {
      const [lost, duplicated, unexplained] = counts;
      problems.push(`${name}: by the ledger ${lost} are lost, ${duplicated} duplicated, ${unexplained} unexplained`);
    }
  }

  return {
    problems,
    faults,
    run: async (name, args, meanwhile = () => Promise.resolve()) => {
      tell(`${name}: chaos.mjs run ${args.join(' ')}`);
      const journal = join(project.folder, `${name.replaceAll(/\W/g, '-')}.ndjson`);
      const run = await attempt([...args, '--journal', journal], meanwhile);
      if (run.code !== 0) problems.push(`${name}: the monkey ended with ${run.code}: ${run.output.slice(-2000)}`);
      account(name, journal);
    },
  };
}
