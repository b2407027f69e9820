/** The chaos monkey at work on a project, as a part of something longer: each run to its end, and what came of it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosProject } from './chaos.ts';
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

/** Somebody else's on this engine is waited for: one at a time. */
const OTHERS_WITHIN_MS = 20 * 60_000;
const ASK_AGAIN_MS = 5000;

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

  async function account(name: string, journal: string): Promise<void> {
    const text = await readFile(journal, 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line);
    const on = lines.filter(({ kind, word }) => kind === 'fault' && word === 'on');
    for (const { fault } of on) faults.set(fault!, (faults.get(fault!) ?? 0) + 1);
    if (on.length === 0) problems.push(`${name}: no fault was on`);
    const after = lines.find(({ kind, phase }) => kind === 'ledger' && phase === 'after');
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
      const until = performance.now() + OTHERS_WITHIN_MS;
      let run = await attempt([...args, '--journal', journal], meanwhile);
      while (/Another monkey is at work/.test(run.output) && performance.now() < until) {
        await sleep(ASK_AGAIN_MS, undefined, { signal });
        run = await attempt([...args, '--journal', journal], meanwhile);
      }
      if (run.code !== 0) problems.push(`${name}: the monkey ended with ${run.code}: ${run.output.slice(-2000)}`);
      await account(name, journal);
    },
  };
}

/** What is read of a line of a journal. */
interface Line {
  readonly kind: string;
  readonly word?: string;
  readonly fault?: string;
  readonly phase?: string;
  readonly lost?: number;
  readonly duplicated?: number;
  readonly unexplained?: number;
}
