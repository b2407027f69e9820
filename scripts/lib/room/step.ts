/** A step on machines of a room: over the fan-out, with its journal, its progress and its report. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Connections } from '../fan-out/connections.ts';
import { fanOut, type FanOutOptions, type Result } from '../fan-out/fan-out.ts';
import { summarize } from '../fan-out/report.ts';
import { createProgress } from '../progress.ts';
import { WORKSHOP_FOLDER, writeJournal } from './journal.ts';
import type { Machine } from './room.ts';

export interface StepOptions extends
  Pick<
    FanOutOptions,
    'withinMs' | 'signal' | 'atOnce' | 'perSecond' | 'tries' | 'maxFail' | 'canary'
  > {
  readonly step: string;
  /** What was typed, for `resume`. Never a secret. */
  readonly args: readonly string[];
  readonly connections: Connections;
  readonly script: (machine: Machine) => string;
  /** Looks at what came back: a text makes it a failure. */
  readonly judge?: (machine: Machine, result: Result) => string | undefined;
}

/** The results are in the order of the machines. */
export async function runStep(machines: readonly Machine[], options: StepOptions): Promise<Result[]> {
  const { step, args, ...others } = options;
  const run = openRun(step, args);
  const results = await onMachines(machines, { ...others, step, onJudged: run.record, outputFolder: run.outputFolder });
  run.close();
  return results;
}

export interface Run {
  /** For what the machines say. */
  readonly outputFolder: string;
  /** What became of it on a machine. */
  readonly record: (result: Result) => void;
  readonly close: () => void;
}

/** A step in the journal. */
export function openRun(step: string, args: readonly string[]): Run {
  const run = `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${step}-${randomBytes(2).toString('hex')}`;
  const outputFolder = join(WORKSHOP_FOLDER, 'output', run);
  mkdirSync(outputFolder, { recursive: true, mode: 0o700 });
  writeJournal({ kind: 'begin', run, step, args });
  return {
    outputFolder,
    record: ({ target, end, detail, ms }) =>
      writeJournal({ kind: 'step', run, step, address: target.host.address, end, detail, ms: Math.round(ms) }),
    close: () => writeJournal({ kind: 'end', run }),
  };
}

export interface OnMachinesOptions extends Omit<StepOptions, 'args'> {
  readonly outputFolder?: string;
  /** Each as soon as it is known. */
  readonly onJudged?: (result: Result) => void;
}

/** A part of a step, without a journal. The results are in the order of the machines. */
export async function onMachines(machines: readonly Machine[], options: OnMachinesOptions): Promise<Result[]> {
  const { step, script, judge, onJudged, ...others } = options;
  const byName = new Map(machines.map((machine) => [machine.name, machine]));
  const judged = new Map<string, Result>();
  const progress = createProgress();
  const take = (result: Result): Result => {
    const { name } = result.target;
    const known = judged.get(name);
    if (known) return known;
    const why = result.end === 'done' ? judge?.(byName.get(name)!, result) : undefined;
    const after: Result = why === undefined ? result : { ...result, end: 'failed', detail: why };
    judged.set(name, after);
    onJudged?.(after);
    return after;
  };
  const results = await fanOut(machines.map(({ name, host }) => ({ name, host })), {
    ...others,
    script: ({ name }) => script(byName.get(name)!),
    onEnd: (result) => {
      take(result);
      progress.now(`${step}: ${summarize([...judged.values()])}, ${machines.length - judged.size} to go`);
    },
  });
  // Those that were never begun have not been told of yet.
  return results.map(take);
}
