/** `status`: what has been done to the room, step by step, and what is left. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import type { StepEntry, Written } from '../lib/room/journal.ts';
import { lastOf, type Machine } from '../lib/room/room.ts';
import { formatTable } from '../lib/table.ts';
import { roomFlags } from './flags.ts';
import { formatClusters } from './init.ts';
import { openRoom } from './open-room.ts';

export interface StepState {
  readonly step: string;
  /** Machines that it is for. */
  readonly of: number;
  readonly done: number;
  /** Machines that have had their turn without being done. */
  readonly bad: readonly { readonly machine: Machine; readonly entry: StepEntry }[];
  /** Machines that have had none. */
  readonly missing: number;
  readonly at: string;
}

export const status = verb(roomFlags, async ({ values }) => {
  const room = await openRoom(values);
  const steps = stepStates(room.entries, room.machines);
  const data = {
    ...{ isNumbered: room.isNumbered, clusters: room.clusters },
    steps: steps.map(({ bad, ...rest }) => ({
      ...rest,
      bad: bad.map(({ machine, entry }) => ({ name: machine.name, end: entry.end, detail: entry.detail })),
    })),
  };
  const rows = steps.map(({ step, of, done, bad, missing, at }) => [
    ...[step, bad.length + missing === 0 ? 'done' : 'NOT DONE', `${done} of ${of}`],
    ...[at.slice(0, 16).replace('T', ' '), bad.map(({ machine, entry }) => `${machine.name} ${entry.end}`).join(', ')],
  ]);
  const table = rows.length === 0
    ? 'No step has been made yet'
    : formatTable(['step', 'state', 'machines', 'last', 'what'], rows);
  const numbers = room.isNumbered ? '' : '\nThese numbers are not for good yet: prep.mjs init';
  const next = nextCommand(room.isNumbered, steps);
  print(values, { ...data, next }, `${formatClusters(room.clusters)}${numbers}\n\n${table}\nNext: ${next}`);
  return steps.some(({ bad }) => bad.length > 0) ? EXIT.failed : EXIT.done;
});

/** In this order. */
const DAY = ['check', 'copykey', 'post', 'repository', 'warm'];

/** Steps for the first machine of each cluster. */
const ON_FIRST = new Set(['repository']);

function nextCommand(isNumbered: boolean, steps: readonly StepState[]): string {
  if (!isNumbered) return 'prep.mjs init';
  const newest = steps.toSorted((a, b) => a.at.localeCompare(b.at)).at(-1);
  if (newest?.step === 'close') return newest.bad.length > 0 ? 'prep.mjs close' : 'vms.mjs list: is any machine left?';
  for (const name of DAY) {
    const state = steps.find(({ step }) => step === name);
    if (!state) return `prep.mjs ${name}${name === 'check' ? ' --accept-new' : ''}`;
    if (state.bad.length > 0) return `prep.mjs ${name} --failed`;
    if (state.missing > 0) return `prep.mjs ${name} --rest`;
  }
  return 'prep.mjs run -- COMMAND';
}

/** In the order in which they were made first. `run` is none: it stands for no state of the machines. */
export function stepStates(entries: readonly Written[], machines: readonly Machine[]): StepState[] {
  const begun = entries.flatMap((entry) => entry.kind === 'begin' && entry.step !== 'run' ? [entry] : []);
  return [...new Set(begun.map(({ step }) => step))].map((step): StepState => {
    const last = lastOf(entries, step);
    const own = ON_FIRST.has(step) ? machines.filter(({ node }) => node === 1) : machines;
    const known = own.flatMap((machine) => {
      const entry = last.get(machine.host.address);
      return entry ? [{ machine, entry }] : [];
    });
    const bad = known.filter(({ entry }) => entry.end !== 'done');
    const at = begun.findLast((entry) => entry.step === step)!.at;
    return { step, of: own.length, done: known.length - bad.length, bad, missing: own.length - known.length, at };
  });
}
