/** The commands of a text, one after the other, up to the first that does not do what the text promises. */
import type { MarkedCommand } from '../lib/marked-commands.ts';
import { CommandFailure, perform, type PerformOptions, pressCtrlC } from './perform.ts';
import type { Job, ShellOptions } from './shell.ts';

export interface Step {
  readonly command: MarkedCommand;
  readonly node: string;
}

export interface StepResult extends Step {
  readonly state: 'done' | 'failed' | 'not run';
  readonly seconds: number;
  readonly failure?: CommandFailure;
}

export interface RunStepsOptions extends PerformOptions {
  readonly onBegin?: (step: Step) => void;
  readonly onEnd?: (result: StepResult) => void;
}

/**
 * Runs the steps, and in the end ends what they have kept running.
 *
 * @throws the signal's reason; what keeps a shell from being started
 */
export async function runSteps(
  steps: readonly Step[],
  shellOf: (node: string) => ShellOptions,
  { onBegin, onEnd, ...options }: RunStepsOptions = {},
): Promise<StepResult[]> {
  const kept: Job[] = [];
  const results: StepResult[] = [];
  try {
    for (const step of steps) {
      if (results.some(({ state }) => state === 'failed')) {
        results.push({ ...step, state: 'not run', seconds: 0 });
        continue;
      }
      onBegin?.(step);
      const result = await runStep(step, shellOf(step.node), { kept, options });
      results.push(result);
      onEnd?.(result);
    }
  } finally {
    // One that does not end by that has been killed.
    for (const job of kept.reverse()) await pressCtrlC(job).catch(() => {});
  }
  return results;
}

async function runStep(
  step: Step,
  shell: ShellOptions,
  { kept, options }: { readonly kept: Job[]; readonly options: PerformOptions },
): Promise<StepResult> {
  const from = performance.now();
  const seconds = (): number => (performance.now() - from) / 1000;
  try {
    const job = await perform(shell, step.command, options);
    if (job) kept.push(job);
    return { ...step, state: 'done', seconds: seconds() };
  } catch (failure) {
    if (!(failure instanceof CommandFailure)) throw failure;
    return { ...step, state: 'failed', seconds: seconds(), failure };
  }
}

/** What went wrong where, with the command and its last lines. */
export function describeFailure(file: string, { command: { line, command }, node, failure }: StepResult): string {
  const said = failure!.lastLines;
  return [
    `${file}, line ${line}, on ${node}: ${failure!.message}`,
    ...command.split('\n').map((text) => `  $ ${text}`),
    ...(said.length === 0 ? ['  It said nothing.'] : said.map((text) => `  | ${text}`)),
  ].join('\n');
}
