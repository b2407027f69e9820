/**
 * What a worker has mined and the store may not have for good: what comes next, what has to be sent again, and under
 * which id and number. No clock, no network: the recorder asks it what to send and tells it what was answered, and the
 * simulation can put both through anything.
 *
 * A sequence number never means two things. So when the store has gone back to an earlier state,
 *
 * - what it misses is sent again under the same numbers, as long as all of it is still kept;
 * - otherwise the worker takes a new id, closes the old ones, and numbers what it keeps anew. What it no longer keeps is
 *   lost, and counted.
 *
 * Every entry (a batch without its name) has an index 1, 2, 3, … for the worker's whole life; a name is an id and the
 * ranges of sequence numbers that stand for indices.
 */
import type { Coins } from '../store/coins.ts';
import type { Answer, Batch, Closing } from '../store/store.ts';

/** What is recorded in one step. */
export interface Entry {
  readonly hashes: number;
  readonly coins: Coins;
}

export interface Journal {
  /** The id under which batches are sent now. */
  readonly id: () => string;
  /** Takes an entry in, to be sent after all others; gives its index. */
  readonly add: (entry: Entry) => number;
  /** The batch to send now, the same until it is answered; undefined when the store has all. */
  readonly next: () => Batch | undefined;
  /**
   * Takes the store's answer to the batch that `next` gave. `storeMs` is the time that the store has been seen to run:
   * an entry is kept until it has run for long enough after acknowledging it.
   */
  readonly answered: (answer: Answer, storeMs: number) => Outcome;
  /** Whether the store has acknowledged an entry, and has not been seen to have lost it since. */
  readonly isAcknowledged: (index: number) => boolean;
  /** What was recorded under an id up to this sequence number is on the store's disk for good. */
  readonly settle: (id: string, sequence: number) => void;
  /** Entries that were acknowledged, that the store has lost, and that are not kept any more. */
  readonly lostBatches: () => number;
  /** What has become of each of its latest ids, the present one last. */
  readonly names: () => readonly NameAccount[];
  /** Entries that were never acknowledged. */
  readonly unsent: () => readonly Entry[];
  /** Coins in memory: a measure of what the journal costs. */
  readonly keptCoins: () => number;
}

/** What a worker knows to have been recorded under one id, for whoever wants to compare it with the store. */
export interface NameAccount {
  readonly id: string;
  /** The last sequence numbers that the store has acknowledged, and that it was sent. */
  readonly last: number;
  readonly sent: number;
  /** What was acknowledged in all; undefined where the store came back with something else than is known here. */
  readonly recorded: Sums | undefined;
}

export interface Sums {
  readonly hashes: number;
  readonly coins: number;
}

/** What an answer came to. */
export type Outcome =
  /** The entry is recorded, now or before. */
  | { readonly kind: 'recorded' }
  /** The store has gone back; what it misses is sent again under the same numbers. */
  | { readonly kind: 'resent'; readonly batches: number }
  /** The store has gone back too far: a new id. */
  | { readonly kind: 'renamed'; readonly before: string };

export interface JournalOptions {
  readonly newId: () => string;
  /** How long the store must have run after an acknowledgement, ms. */
  readonly keepMs?: number;
  /** More acknowledged coins than this are not kept. */
  readonly mostCoins?: number;
}

/** Redis writes its file to disk once a second, and Linux is given some time to do it. */
const KEEP_MS = 5000;

/** Some 10 MB. Keeping less than five seconds of coins at full speed is better than stopping. */
const MOST_COINS = 100_000;

/** Taking the first out of a long array costs its length, so it is done for many at a time. */
const TAKE_OUT_AFTER = 1024;

/** Old ids that are closed again whenever a new one is taken. */
const MOST_NAMES = 32;

interface Kept {
  readonly entry: Entry;
  /** When it was acknowledged, in storeMs; undefined = not yet, or not any more. */
  acknowledgedAt: number | undefined;
}

interface Range {
  readonly sequence: number;
  readonly index: number;
  length: number;
}

interface Name {
  readonly id: string;
  readonly ranges: Range[];
  readonly closes: readonly Closing[];
  /** The last sequence number that the store is known to hold of it. */
  last: number;
  /** The last sequence number that stands for an entry. */
  end: number;
  /** The last one that was sent. */
  sent: number;
  recorded: Sums | undefined;
}

export function createJournal({ newId, keepMs = KEEP_MS, mostCoins = MOST_COINS }: JournalOptions): Journal {
  /** Kept entries from `head` on; the places before it are empty, and taken out now and then. */
  let kept: (Kept | undefined)[] = [];
  let head = 0;
  /** The index of the first kept entry. */
  let firstIndex = 1;
  let acknowledgedCoins = 0;
  let name: Name = createName(newId(), []);
  let older: Name[] = [];
  /** Entries recorded under names that are forgotten. */
  let forgotten = 0;

  function keptAt(index: number): Kept | undefined {
    return index < firstIndex ? undefined : kept[head + index - firstIndex];
  }

  function keptNow(): Kept[] {
    return kept.slice(head) as Kept[];
  }

  function acknowledge(upTo: number, storeMs: number): void {
    for (let sequence = name.last + 1; sequence <= upTo; sequence++) {
      const one = keptAt(indexOf(name, sequence));
      if (one) setAcknowledged(one, storeMs);
      name.recorded = plus(name.recorded, one, 1);
    }
    name.last = upTo;
  }

  function setAcknowledged(one: Kept, storeMs: number): void {
    takeBack(one);
    one.acknowledgedAt = storeMs;
    acknowledgedCoins += one.entry.coins.length;
  }

  function takeBack(one: Kept): void {
    if (one.acknowledgedAt === undefined) return;
    one.acknowledgedAt = undefined;
    acknowledgedCoins -= one.entry.coins.length;
  }

  function dropFirst(): void {
    acknowledgedCoins -= kept[head]!.entry.coins.length;
    kept[head] = undefined;
    head++;
    firstIndex++;
    if (head < TAKE_OUT_AFTER || head * 2 < kept.length) return;
    kept = kept.slice(head);
    head = 0;
  }

  function dropSettled(storeMs: number): void {
    while (head < kept.length) {
      const { acknowledgedAt } = kept[head]!;
      if (acknowledgedAt === undefined) return;
      if (storeMs - acknowledgedAt < keepMs && acknowledgedCoins <= mostCoins) return;
      dropFirst();
    }
  }

  /** The store holds the current id up to `last`, which is less than it acknowledged. */
  function goBack(last: number, storeMs: number): Outcome {
    const nextIndex = indexOf(name, last + 1);
    if (nextIndex < firstIndex) {
      setLast(name, last);
      return rename(storeMs);
    }
    const batches = name.last - last;
    for (let sequence = last + 1; sequence <= name.last; sequence++) {
      const one = keptAt(indexOf(name, sequence))!;
      takeBack(one);
      name.recorded = plus(name.recorded, one, -1);
    }
    name.last = last;
    return { kind: 'resent', batches };
  }

  /** Takes a new id, for all that is kept and that the store holds under none of the old ones. */
  function rename(storeMs: number): Outcome {
    const before = name.id;
    older.push(name);
    forgetNames();
    name = createName(newId(), older.map(({ id, last }) => ({ worker: id, last })));
    for (let index = firstIndex; index < firstIndex + kept.length - head; index++) {
      const one = keptAt(index)!;
      takeBack(one);
      if (older.some((old) => holds(old, index))) setAcknowledged(one, storeMs);
      else append(name, index);
    }
    return { kind: 'renamed', before };
  }

  function forgetNames(): void {
    const surplus = older.length - MOST_NAMES;
    if (surplus <= 0) return;
    for (const old of older.slice(0, surplus)) forgotten += heldBefore(old, firstIndex);
    older = older.slice(surplus);
  }

  return {
    id: () => name.id,

    add: (entry) => {
      kept.push({ entry, acknowledgedAt: undefined });
      const index = firstIndex + kept.length - head - 1;
      append(name, index);
      return index;
    },

    next: () => {
      if (name.last >= name.end) return undefined;
      const sequence = name.last + 1;
      const { hashes, coins } = keptAt(indexOf(name, sequence))!.entry;
      name.sent = Math.max(name.sent, sequence);
      const closes = sequence === 1 && name.closes.length > 0 ? { closes: name.closes } : {};
      return { worker: name.id, sequence, hashes, coins, ...closes };
    },

    answered: (answer, storeMs) => {
      switch (answer.outcome) {
        case 'recorded':
          acknowledge(answer.last, storeMs);
          dropSettled(storeMs);
          return { kind: 'recorded' };
        case 'stale':
          // A message that was late did what this one was to do.
          if (answer.last > name.end) return rename(storeMs);
          acknowledge(answer.last, storeMs);
          return { kind: 'recorded' };
        case 'gap':
          return goBack(answer.last, storeMs);
        case 'moved':
          for (const [at, last] of answer.lasts.entries()) {
            const closing = name.closes[at]!;
            setLast(older.find(({ id }) => id === closing.worker)!, last);
          }
          return rename(storeMs);
        case 'closed':
          setLast(name, answer.last);
          return rename(storeMs);
      }
    },

    isAcknowledged: (index) => index < firstIndex || keptAt(index)?.acknowledgedAt !== undefined,

    settle: (id, sequence) => {
      // Older ids were closed by the first batch of this one, so that what they hold is on the disk as well.
      if (id !== name.id) return;
      while (head < kept.length && kept[head]!.acknowledgedAt !== undefined) {
        const own = sequenceOf(name, firstIndex);
        if (own > sequence) return;
        dropFirst();
      }
    },

    lostBatches: () => {
      const held = [...older, name].reduce((sum, one) => sum + heldBefore(one, firstIndex), forgotten);
      return firstIndex - 1 - held;
    },

    names: () => [...older, name].map(({ id, last, sent, recorded }) => ({ id, last, sent, recorded })),

    unsent: () => keptNow().filter(({ acknowledgedAt }) => acknowledgedAt === undefined).map(({ entry }) => entry),
    keptCoins: () => keptNow().reduce((sum, { entry }) => sum + entry.coins.length, 0),
  };
}

function createName(id: string, closes: readonly Closing[]): Name {
  return { id, ranges: [], closes, last: 0, end: 0, sent: 0, recorded: { hashes: 0, coins: 0 } };
}

/** The store holds an id up to another number than was known: what the batches between held may not be kept. */
function setLast(name: Name, last: number): void {
  if (name.last !== last) name.recorded = undefined;
  name.last = last;
}

function plus(sums: Sums | undefined, one: Kept | undefined, sign: 1 | -1): Sums | undefined {
  if (!sums || !one) return undefined;
  const { hashes, coins } = one.entry;
  return { hashes: sums.hashes + sign * hashes, coins: sums.coins + sign * coins.length };
}

function append(name: Name, index: number): void {
  const range = name.ranges.at(-1);
  name.end++;
  if (range && range.index + range.length === index) range.length++;
  else name.ranges.push({ sequence: name.end, index, length: 1 });
}

/** The index that a sequence number stands for; 0 when it stands for none. */
function indexOf({ ranges }: Name, sequence: number): number {
  const range = ranges.find((range) => sequence >= range.sequence && sequence < range.sequence + range.length);
  return range ? range.index + sequence - range.sequence : 0;
}

/** The sequence number under which an entry goes by this name; 0 when it has none. */
function sequenceOf({ ranges }: Name, index: number): number {
  const range = ranges.find((range) => index >= range.index && index < range.index + range.length);
  return range ? range.sequence + index - range.index : 0;
}

/** Whether the store is known to hold the entry under this name. */
function holds(name: Name, index: number): boolean {
  const sequence = sequenceOf(name, index);
  return sequence > 0 && sequence <= name.last;
}

/** How many entries before an index the store is known to hold under this name. */
function heldBefore({ ranges, last }: Name, index: number): number {
  return ranges.reduce((sum, range) => {
    const byIndex = Math.min(range.length, index - range.index);
    const byLast = last - range.sequence + 1;
    return sum + Math.max(0, Math.min(byIndex, byLast));
  }, 0);
}
