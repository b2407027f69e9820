/** The day of a room: which steps it has, which of them are done, and what comes next. */
import type { StepEntry, Written } from '../lib/room/journal.ts';
import { lastOf, type Machine } from '../lib/room/room.ts';
import { countInWords } from '../lib/words.ts';
import { digestOf } from './cards/card.ts';
import { cardsOf, roomOf } from './cards/room-cards.ts';
import type { RoomValues } from '../lib/room/flags.ts';
import type { Room } from '../lib/room/open-room.ts';
import { firstMachine } from './first-machine.ts';
import { readPasswords } from './secrets.ts';

export interface StepState {
  readonly step: string;
  /** What it is counted in. */
  readonly unit: 'machine' | 'cluster' | 'record';
  /** So many it is for. */
  readonly of: number;
  readonly done: number;
  /** Machines that have had their turn without being done. */
  readonly bad: readonly { readonly machine: Machine; readonly entry: StepEntry }[];
  /** Those that have had none. */
  readonly missing: readonly string[];
  /** When it was begun last; undefined: never. */
  readonly at: string | undefined;
}

/** In this order; with what is typed, where that is not its name alone. */
const DAY: Readonly<Record<string, string>> = {
  init: 'init',
  check: 'check --accept-new',
  copykey: 'copykey',
  post: 'post',
  repository: 'repository',
  warm: 'warm',
  www: 'www',
  dns: 'dns',
  cards: 'cards',
  verify: 'cards --verify',
};

/** Steps of others than prep.mjs, and `run`, which stands for no state. */
const NOT_OF_THE_DAY = /^(run$|swarm )/;

/** Steps of the day, in its order, and then others that have been begun. */
export async function checklist(room: Room, values: RoomValues): Promise<StepState[]> {
  const { entries, settings } = room;
  const begun = entries.flatMap((entry) =>
    entry.kind === 'begin' && !NOT_OF_THE_DAY.test(entry.step) ? [entry.step] : []
  );
  const names = new Set([...Object.keys(DAY), ...begun]);
  // Nobody has asked for a name.
  if (settings.dnsName === '' && !entries.some(({ kind }) => kind === 'dns')) names.delete('dns');
  return await Promise.all([...names].map(async (step) => {
    switch (step) {
      case 'init':
        return initState(room);
      case 'dns':
        return dnsState(room);
      case 'cards':
        return await cardsState(room, values);
      default:
        return machinesState(step, room);
    }
  }));
}

/** `done`, `not done`, `not done on 2 hosts`, `failed on 1 host`. */
export function stateInWords({ unit, bad, missing, of }: StepState): string {
  const noun = unit === 'machine' ? 'host' : unit;
  if (bad.length > 0) return `failed on ${countInWords(bad.length, noun)}`;
  if (missing.length === 0) return 'done';
  return missing.length === of
    ? 'not done'
    : `not done ${unit === 'machine' ? 'on' : 'for'} ${countInWords(missing.length, noun)}`;
}

/** What to type next. */
export function nextCommand(steps: readonly StepState[]): string {
  const newest = steps.filter(({ at }) => at !== undefined).toSorted((a, b) => a.at!.localeCompare(b.at!)).at(-1);
  if (newest?.step === 'close') return newest.bad.length > 0 ? 'prep.mjs close' : 'vms.mjs list: is any machine left?';
  for (const [name, command] of Object.entries(DAY)) {
    const state = steps.find(({ step }) => step === name);
    if (!state || stateInWords(state) === 'done') continue;
    if (state.bad.length > 0) return `prep.mjs ${command} --failed`;
    // In parts only what is made on machines can be gone on with.
    const isPart = state.unit === 'machine' && state.missing.length < state.of;
    return `prep.mjs ${isPart ? `${command.replace(' --accept-new', '')} --rest` : command}`;
  }
  return 'The room is ready. At the end of the day: prep.mjs close';
}

function initState({ isNumbered, clusters, entries }: Room): StepState {
  const at = lastAt(entries, ({ kind }) => kind === 'clusters');
  const names = clusters.map(({ name }) => name);
  return {
    ...state('init', 'cluster', at),
    of: names.length,
    done: isNumbered ? names.length : 0,
    missing: isNumbered ? [] : names,
  };
}

function dnsState({ entries, settings, clusters }: Room): StepState {
  const last = entries.findLast((entry) => entry.kind === 'dns');
  const made = last?.kind === 'dns' && last.records.length > 0 ? last.name : undefined;
  const name = (settings.dnsName || made || '').toLowerCase();
  const missing = made === name ? [] : [`${name} ${firstMachine(clusters).host.address}`];
  const at = lastAt(entries, ({ kind }) => kind === 'dns');
  return { ...state('dns', 'record', at), of: 1, done: 1 - missing.length, missing };
}

/** A card that says something else now counts as none. */
async function cardsState(room: Room, values: RoomValues): Promise<StepState> {
  const made = new Map<string, string>();
  for (const entry of room.entries) {
    if (entry.kind === 'cards') { for (const [name, digest] of Object.entries(entry.cards)) made.set(name, digest); }
  }
  const shared = roomOf(room, { ...values, qr: 'ssh' });
  const now = new Map<string, string[]>();
  // Before check there are none that could be made, and before copykey only those without passwords.
  const cards = made.size === 0 ? [] : await cardsOf(room, { ...values, 'no-passwords': true }).catch(() => []);
  const passwords = readPasswords();
  const isComplete = cards.every(({ cluster }) => passwords.has(cluster));
  for (const card of cards) {
    const kinds = [card, ...(isComplete ? [{ ...card, password: passwords.get(card.cluster) }] : [])];
    now.set(card.cluster, kinds.map((kind) => digestOf(kind, shared)));
  }
  const names = room.clusters.map(({ name }) => name);
  const missing = names.filter((name) => !now.get(name)?.includes(made.get(name) ?? ''));
  const at = lastAt(room.entries, ({ kind }) => kind === 'cards');
  return { ...state('cards', 'cluster', at), of: names.length, done: names.length - missing.length, missing };
}

/** Steps for the first machine of each cluster, and for that of the room. */
const ON_FIRSTS = new Set(['repository']);
const ON_FIRST = new Set(['www']);

function machinesState(step: string, { entries, clusters, machines }: Room): StepState {
  const last = lastOf(entries, step);
  const own = ON_FIRST.has(step)
    ? [firstMachine(clusters)]
    : ON_FIRSTS.has(step)
    ? machines.filter(({ node }) => node === 1)
    : machines;
  const known = own.flatMap((machine) => {
    const entry = last.get(machine.host.address);
    return entry ? [{ machine, entry }] : [];
  });
  const bad = known.filter(({ entry }) => entry.end !== 'done');
  const missing = own.filter(({ host }) => !last.has(host.address)).map(({ name }) => name);
  const at = lastAt(entries, (entry) => entry.kind === 'begin' && entry.step === step);
  return { ...state(step, 'machine', at), of: own.length, done: known.length - bad.length, bad, missing };
}

function state(step: string, unit: StepState['unit'], at: string | undefined) {
  return { step, unit, at, bad: [] };
}

function lastAt(entries: readonly Written[], isMeant: (entry: Written) => boolean): string | undefined {
  return entries.findLast(isMeant)?.at;
}
