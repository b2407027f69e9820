/** Steps on machines of a room, as root: what `post` and `warm` are made of. */
import type { Result } from '../fan-out/fan-out.ts';
import type { Machine } from './room.ts';
import { formatTable } from '../table.ts';
import { limitsOf, type StepValues } from './flags.ts';
import { asRoot, findLogins, withSudo } from './logins.ts';
import type { Room } from './open-room.ts';
import type { PlannedScript } from './plan.ts';
import { reach, reachAsIs } from './reach.ts';
import { runStep } from './step.ts';
import type { FileStep } from './steps.ts';
import { readStepWords, type StepsInput, stepsScript, type StepWord } from './steps-script.ts';

export interface RunStepsOptions {
  readonly room: Room;
  readonly values: StepValues;
  /** What the journal calls it, and what was typed. */
  readonly step: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly steps: readonly FileStep[];
  /** What the steps know on a machine whose user has this name. */
  readonly inputFor: (machine: Machine, login: string) => StepInput;
  /** How one becomes root there: logs in as root, or is the user whom sudo asks for nothing. Default: `login`. */
  readonly root?: 'login' | 'sudo';
  /** When --within does not say it. */
  readonly within: string;
}

export type StepInput = Pick<StepsInput, 'variables' | 'files'>;

export interface StepsOutcome {
  /** In the order of the machines. */
  readonly results: readonly Result[];
  /** How each step has ended, by the machine's name. */
  readonly words: ReadonlyMap<string, ReadonlyMap<string, StepWord>>;
  /** How many steps had something to do, on all machines. */
  readonly changed: number;
}

export async function runStepsOn(machines: readonly Machine[], options: RunStepsOptions): Promise<StepsOutcome> {
  const { room, values, step, args, signal, steps, inputFor, root = 'login', within } = options;
  const limits = limitsOf(values, within);
  // Whoever is root by sudo may be a student, on a machine of the room.
  const connections = (root === 'login' ? reach : reachAsIs)(room, values, limits);
  const logins = await findLogins(machines, { ...limits, step, connections, signal });
  const results = await runStep(root === 'login' ? asRoot(machines) : machines, {
    ...{ ...limits, step, args, connections, signal },
    script: (machine) => {
      const login = logins.get(machine.name);
      if (login === undefined) return NO_LOGIN;
      const script = stepsScript({ steps: stepsOf(steps, machine), ...inputFor(machine, login) });
      return root === 'login' ? script : withSudo(script);
    },
  });
  const words = new Map(results.map(({ target, stdout }) => [target.name, readStepWords(stdout.text())]));
  const wasChanged = ({ name }: Machine): boolean => [...words.get(name)!.values()].includes('done');
  // Whoever is logged in stays in the groups of that time.
  await connections.close(machines.filter(wasChanged).map(({ host }) => host));
  const changed = [...words.values()].flatMap((own) => [...own.values()]).filter((word) => word === 'done').length;
  return { results, words, changed };
}

/** Who the user is, a login as that user has to tell. */
const NO_LOGIN = `echo 'its user cannot log in by a key: prep.mjs copykey' >&2; exit 1`;

function stepsOf(steps: readonly FileStep[], { node }: Machine): FileStep[] {
  return steps.filter(({ on }) => on === 'all' || node === 1);
}

/** Each step of each machine. */
export function planSteps(steps: readonly FileStep[], machines: readonly Machine[]): PlannedScript[] {
  return machines.flatMap((machine) =>
    stepsOf(steps, machine).map(({ name, do: script }) => ({ name: machine.name, step: name, script }))
  );
}

/** For --json. */
export function outcomeData({ results, words }: StepsOutcome) {
  return results.map(({ target: { name, host }, end, detail }) => ({
    ...{ name, address: host.address, end, detail },
    steps: Object.fromEntries(words.get(name) ?? []),
  }));
}

/** A line a step: on how many machines it was so already, was made, failed. */
export function formatSteps(steps: readonly FileStep[], { results, words }: StepsOutcome): string {
  const rows = steps.map(({ name }) => {
    const own = results.map(({ target }) => words.get(target.name)?.get(name));
    const count = (word: StepWord | undefined): string => String(own.filter((one) => one === word).length);
    return [name, count('already'), count('done'), count('failed'), count(undefined)];
  });
  return formatTable(['step', 'already', 'made', 'failed', 'not reached'], rows);
}
