/** Makes the machines of a plan, many at a time, each until it answers. */
import { inParallel } from '../lib/in-parallel.ts';
import { output } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';
import { countInWords } from '../lib/words.ts';
import { type Login, runCommand, setLogin, untilReached, untilReady } from './container.ts';
import type { Planned } from './create-lab.ts';
import type { Stage } from './image.ts';
import type { Allowed } from './rights.ts';

export interface Outcome {
  readonly machine: Planned;
  /** Undefined when it answers. */
  readonly error: Error | undefined;
}

export interface MakeOptions {
  readonly images: ReadonlyMap<Stage, string>;
  readonly allowed: Allowed;
  readonly login: Login;
  /** For each machine. */
  readonly withinMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Each costs half a second of CPU: more at a time only wait for each other. */
const AT_ONCE = 6;

/**
 * The first is made alone: what is wrong with the engine, the image or the way to it is seen there, once, and the others
 * are not made.
 */
export async function makeAll(machines: readonly Planned[], options: MakeOptions): Promise<Outcome[]> {
  const { progress, signal } = options;
  let answering = 0;
  const one = async (machine: Planned): Promise<Outcome> => {
    const error = await make(machine, options).then(() => undefined, (error: Error) => error);
    if (error === undefined) answering++;
    if (error === undefined && answering < machines.length) {
      progress.now(`${answering} of ${machines.length} machines answer`);
    }
    if (error && !signal.aborted) progress.done(`${machine.name} FAILED: ${error.message.split('\n', 1)}`);
    return { machine, error };
  };
  const first = await one(machines[0]!);
  if (first.error) return [first];
  const others = await inParallel(machines.slice(1), AT_ONCE, one);
  progress.done(`${answering} of ${countInWords(machines.length, 'machine')} answer`);
  return [first, ...others.flatMap((result) => result.status === 'fulfilled' ? [result.value] : [])];
}

async function make(machine: Planned, { images, allowed, login, withinMs, signal }: MakeOptions): Promise<void> {
  const { stage, containerName, address } = machine;
  await output(runCommand(machine, images.get(stage)!, allowed), { signal });
  await setLogin(containerName, login, signal);
  await untilReady(containerName, { stage, withinMs, signal });
  await untilReached(address, signal);
}
