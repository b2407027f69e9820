/**
 * The one writer of a worker: puts units of work into batches and sends them, one after the other, until the store has
 * answered. What is sent next, and under which name, the journal says.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { type Clock, realClock } from '../service/clock.ts';
import { type Log, silentLog } from '../service/log.ts';
import type { UpstreamRecord } from '../upstream/record.ts';
import { retry } from '../upstream/retry.ts';
import { joinCoins } from '../store/coins.ts';
import type { Answer, Batch, Store } from '../store/store.ts';
import { createJournal, type Entry, type Journal } from './journal.ts';
import { createStoreTime } from './store-time.ts';

export interface RecorderOptions {
  readonly store: Pick<Store, 'record'>;
  /** What is seen of the store goes here. */
  readonly seen: UpstreamRecord;
  /** Units that one batch may hold: 1 in the classroom, where one batch is one hash. */
  readonly unitsPerBatch: number;
  /** From then on nothing is sent any more; what is left is dropped. */
  readonly deadline: AbortSignal;
  readonly log?: Log;
  /** Told once for each entry that the store has acknowledged, with the answer. */
  readonly onRecorded?: (entry: Entry, answer: Answer) => void;
  readonly journal?: Journal;
  readonly clock?: Clock;
  /** 0..1; default: Math.random */
  readonly random?: () => number;
}

export interface Recorder {
  /** The worker's id in the store; it changes when the store has lost what it had. */
  readonly id: () => string;
  /** Resolves when the entry is recorded, or dropped. */
  readonly add: (entry: Entry) => Promise<void>;
  /** Another call, sent at `sentAt` (the clock's), has just been answered by the store. */
  readonly storeAnswered: (sentAt: number) => void;
  /** What was recorded under an id up to this sequence number is on the store's disk for good. */
  readonly settle: (id: string, sequence: number) => void;
  /** Resolves when nothing is left to send; gives what was dropped. */
  readonly finish: () => Promise<readonly Entry[]>;
  /** Batches that had been acknowledged, and that the store and the worker have no longer. */
  readonly lostBatches: () => number;
  /** What has become of each of its latest ids, the present one last. */
  readonly names: Journal['names'];
}

/** A batch of more coins than this would keep Redis from answering others for too long. */
const MOST_COINS = 20_000;

interface Waiting {
  readonly entry: Entry;
  readonly done: () => void;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { store, seen, unitsPerBatch, deadline, log = silentLog, onRecorded, clock = realClock, random } = options;
  const { journal = createJournal({ newId: createWorkerId }) } = options;
  const storeTime = createStoreTime(clock);
  const waiting: Waiting[] = [];
  /** What is in the journal and not acknowledged yet, with those who wait for it. */
  const sent: { index: number; entry: Entry; done: () => void }[] = [];
  let isWriting = false;
  let written = Promise.resolve();

  async function write(): Promise<void> {
    for (let batch = nextBatch(); batch && !deadline.aborted; batch = nextBatch()) {
      const current = batch;
      const answer = await retry(() => send(current), { signal: deadline, clock, ...(random ? { random } : {}) })
        .catch(() => undefined);
      if (answer) take(answer);
    }
    for (const { done } of [...sent, ...waiting]) if (deadline.aborted) done();
    // In the same step that saw nothing to send: an entry that comes next must find nobody writing.
    isWriting = false;
  }

  function nextBatch(): Batch | undefined {
    const batch = journal.next();
    if (batch || waiting.length === 0) return batch;
    const taken = takeBatch(waiting, unitsPerBatch);
    const entry = merged(taken.map(({ entry }) => entry));
    sent.push({ index: journal.add(entry), entry, done: () => taken.forEach(({ done }) => done()) });
    return journal.next();
  }

  async function send(batch: Batch): Promise<Answer> {
    const sentAt = clock.now();
    try {
      const answer = await withAbort(store.record(batch), deadline);
      storeTime.answered(sentAt);
      seen.succeeded({ ms: clock.now() - sentAt, instance: undefined, queue: waiting.length });
      return answer;
    } catch (error) {
      if (!deadline.aborted) seen.failed((error as Error).name, (error as Error).message);
      throw error;
    }
  }

  function take(answer: Answer): void {
    const outcome = journal.answered(answer, storeTime.ms());
    if (outcome.kind === 'resent') {
      log.warn('store_went_back', { worker: journal.id(), storeHolds: answer.last, sentAgain: outcome.batches });
    } else if (outcome.kind === 'renamed') {
      const lostBatches = journal.lostBatches();
      log.warn('store_lost_batches', { before: outcome.before, worker: journal.id(), lostBatches });
    }
    while (sent.length > 0 && journal.isAcknowledged(sent[0]!.index)) {
      const { entry, done } = sent.shift()!;
      onRecorded?.(entry, answer);
      done();
    }
  }

  return {
    id: journal.id,
    add: (entry) =>
      new Promise((done) => {
        waiting.push({ entry, done });
        if (isWriting) return;
        isWriting = true;
        written = write();
      }),
    storeAnswered: storeTime.answered,
    settle: journal.settle,
    finish: async () => {
      await written;
      return [...journal.unsent(), ...waiting.map(({ entry }) => entry)];
    },
    lostBatches: journal.lostBatches,
    names: journal.names,
  };
}

/** Takes what is ready, at most `mostEntries` and about MOST_COINS, but at least one. */
function takeBatch(waiting: Waiting[], mostEntries: number): Waiting[] {
  let coins = 0;
  let count = 0;
  while (count < waiting.length && count < mostEntries && (count === 0 || coins < MOST_COINS)) {
    coins += waiting[count++]!.entry.coins.length;
  }
  return waiting.splice(0, count);
}

function merged(entries: readonly Entry[]): Entry {
  return {
    hashes: entries.reduce((sum, { hashes }) => sum + hashes, 0),
    coins: joinCoins(entries.map(({ coins }) => coins)),
  };
}

/** Host name and chance: two workers on a host differ, and so do two lives of one worker. */
export function createWorkerId(): string {
  const host = hostname().replaceAll(/[^\w.-]/g, '-').slice(0, 100);
  return `${host}-${randomBytes(6).toString('hex')}`;
}

async function withAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
