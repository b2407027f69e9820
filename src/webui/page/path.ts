/** rng -> worker -> hasher -> store: where hashes come from, where they wait, and what is down. */
import type { ShownUpstream, Snapshot } from '../snapshot.ts';
import { keepList, make, place, write } from './dom.ts';
import { age, count, milliseconds, perSecond, plural } from './format.ts';

type State = 'up' | 'down' | 'idle';

interface Box {
  readonly name: string;
  readonly state: State;
  readonly stateText: string;
  readonly speed: string;
  readonly unit: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly waiting: number;
  readonly error: string;
  readonly rows: readonly Row[];
}

interface Row {
  readonly name: string;
  readonly text: string;
  readonly waiting: number;
  readonly isMissing: boolean;
}

/** More do not fit beside each other; the number says the rest. */
const MOST_SQUARES = 16;
const MOST_ROWS = 8;
/** One that waits for a moment is no queue. */
const LEAST_QUEUE = 2;

/** An instance that has not answered for this long is not one of many that take turns. */
const QUIET_SECONDS = 4;

export function createPath(): (snapshot: Snapshot) => void {
  const show = keepList<Box, BoxParts>(place('path'), {
    keyOf: ({ name }) => name,
    make: ({ name }) => makeBox(name),
    elementOf: ({ box }) => box,
    update: fillBox,
  });
  return (snapshot) => {
    const { upstreams: { rng, hasher, store } } = snapshot;
    const heard = (box: Box): Box => store.ok === false ? asLastHeard(box, snapshot) : box;
    const [first, second] = [upstreamBox('rng', rng, snapshot), upstreamBox('hasher', hasher, snapshot)];
    show([heard(first), heard(workerBox(snapshot)), heard(second), upstreamBox('store', store, snapshot)]);
  };
}

function upstreamBox(name: string, upstream: ShownUpstream, { now }: Snapshot): Box {
  const { ok, since, error, requestsPerSecond, p50Ms, p95Ms, errors, queue, instances, gone } = upstream;
  const state = ok === null || since === null ? 'idle' : ok ? 'up' : 'down';
  // Who is not asked does not answer: an instance is missing only where others answer meanwhile.
  const latest = Math.min(...Object.values(instances).map(({ idleSeconds }) => idleSeconds));
  const present = Object.entries(instances).map(([name, { requestsPerSecond, p50Ms, queue, idleSeconds }]): Row => {
    if (idleSeconds - latest > QUIET_SECONDS) return silentRow(name, idleSeconds, true);
    const text = `${perSecond(requestsPerSecond)}/s · ${milliseconds(p50Ms)}`;
    return { name, text, waiting: queue, isMissing: false };
  });
  const absent = gone.map(({ name, lastSeen }) => silentRow(name, now - lastSeen, present.length > 0));
  return {
    name,
    state,
    stateText: state === 'idle' ? 'not used yet' : state === 'up' ? 'up' : `down for ${age(now - since!)}`,
    speed: perSecond(requestsPerSecond),
    unit: 'requests/s',
    facts: [['p50', milliseconds(p50Ms)], ['p95', milliseconds(p95Ms)], ['errors', count(errors)]],
    waiting: queue,
    error: error ?? '',
    // The store does not say who it is.
    rows: [...present, ...absent].filter(({ name }) => name !== 'unnamed').sort((a, b) => a.name < b.name ? -1 : 1),
  };
}

function silentRow(name: string, seconds: number, isMissing: boolean): Row {
  return { name, text: `no answer for ${age(seconds)}`, waiting: 0, isMissing };
}

function workerBox({ workers, gone, now, hash_speed_10s }: Snapshot): Box {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const lastGone = Math.max(...gone.map(({ lastSeen }) => lastSeen));
  const isDown = workers.length === 0 && gone.length > 0;
  return {
    name: 'worker',
    state: workers.length > 0 ? 'up' : isDown ? 'down' : 'idle',
    stateText: workers.length > 0 ? 'up' : isDown ? `down for ${age(now - lastGone)}` : 'none seen',
    speed: perSecond(hash_speed_10s),
    unit: 'hashes/s',
    facts: [
      ['workers', count(workers.length)],
      ['loops', count(sum(workers.map(({ loops }) => loops)))],
      ['threads', count(sum(workers.map(({ threads }) => threads)))],
    ],
    waiting: 0,
    error: gone.length > 0 && !isDown ? `${plural(gone.length, 'worker')} gone within the last minute` : '',
    rows: [],
  };
}

// What workers see of the others comes through the store: without it nobody knows.
function asLastHeard(box: Box, { now, upstreams: { store } }: Snapshot): Box {
  return { ...box, state: 'idle', stateText: `heard ${age(now - (store.since ?? now))} ago`, error: '' };
}

interface BoxParts {
  readonly box: HTMLLIElement;
  readonly state: HTMLElement;
  readonly speed: HTMLElement;
  readonly unit: HTMLElement;
  readonly showFacts: (facts: readonly string[]) => void;
  readonly waiting: HTMLElement;
  readonly error: HTMLElement;
  readonly showRows: (rows: readonly Row[]) => void;
}

function makeBox(name: string): BoxParts {
  const [state, speed, unit] = [make('span', 'state'), make('b'), make('span', 'unit')];
  const [facts, waiting, error, rows] = [make('p', 'facts'), make('p', 'waiting'), make('p', 'error'), make('ul')];
  const box = make('li', 'box', make('h3', '', name, ' ', state), make('p', 'rate', speed, ' ', unit));
  box.id = `path-${name}`;
  box.append(facts, waiting, rows, error);
  const showRows = keepList<Row, RowParts>(rows, {
    keyOf: ({ name }) => name,
    make: makeRow,
    elementOf: ({ row }) => row,
    update: ({ row, text, waiting }, { text: said, waiting: length, isMissing }) => {
      row.className = isMissing ? 'gone' : '';
      write(text, said);
      write(waiting, squares(length));
    },
  });
  const showFacts = (texts: readonly string[]): void => {
    while (facts.children.length < texts.length) facts.append(make('span'), ' ');
    for (const [at, text] of texts.entries()) write(facts.children[at]!, text);
  };
  return { box, state, speed, unit, showFacts, waiting, error, showRows };
}

interface RowParts {
  readonly row: HTMLLIElement;
  readonly text: HTMLElement;
  readonly waiting: HTMLElement;
}

function makeRow({ name }: Row): RowParts {
  const [text, waiting] = [make('span'), make('span', 'squares')];
  waiting.ariaHidden = 'true';
  return { row: make('li', '', make('bdi', 'name', name), ' ', text, ' ', waiting), text, waiting };
}

function fillBox(parts: BoxParts, { state, stateText, speed, unit, facts, waiting, error, rows }: Box): void {
  parts.box.dataset.state = state;
  write(parts.state, stateText);
  write(parts.speed, speed);
  write(parts.unit, unit);
  parts.showFacts(facts.map(([name, value]) => `${name} ${value}`));
  parts.box.classList.toggle('queues', waiting >= LEAST_QUEUE);
  parts.waiting.hidden = waiting === 0;
  write(parts.waiting, `${count(waiting)} waiting ${squares(waiting)}`);
  write(parts.error, error);
  // One instance is the service itself: its row would say the same again.
  const shown = rows.length > 1 || rows.some(({ isMissing }) => isMissing) ? rows : [];
  const more = shown.length - MOST_ROWS;
  const rest: Row = { name: '…', text: `and ${more} more`, waiting: 0, isMissing: false };
  parts.showRows(more > 0 ? [...shown.slice(0, MOST_ROWS), rest] : shown);
}

function squares(waiting: number): string {
  return '■'.repeat(Math.min(waiting, MOST_SQUARES)) + (waiting > MOST_SQUARES ? '…' : '');
}
