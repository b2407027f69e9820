/**
 * Where coins go. One interface, two implementations (Redis for many machines, node:sqlite for one), one test suite
 * over both.
 */
import { checkCoin, type Coins, isPacked } from './coins.ts';

/** What a worker records at a time. A sequence number never means two things: it is sent again unchanged, or never. */
export interface Batch {
  /** The worker's id, new at each of its starts. */
  readonly worker: string;
  /** 1, 2, 3, … in the order of recording. */
  readonly sequence: number;
  /** Candidates tried, at least one for each coin. */
  readonly hashes: number;
  readonly coins: Coins;
  /**
   * Only with sequence 1: the ids that this worker had before, and what it believes the store holds of each. The batch
   * counts only if that is so, and then nothing more counts under those ids, however late it arrives.
   */
  readonly closes?: readonly Closing[];
}

export interface Closing {
  readonly worker: string;
  /** The sequence number that the store holds of it; 0 = none. */
  readonly last: number;
}

/**
 * `recorded`: it counts now, or did already (the same batch again gets the same answer). Everything else changes
 * nothing: `stale`: the store holds a later one of this worker; `gap`: one or more before it are missing; `closed`: this
 * id takes no more; `moved`: of the ids to be closed the store holds other batches, `lasts` in their order. `last` is the
 * sequence number that the store holds of this worker.
 */
export type Answer =
  | { readonly outcome: 'recorded'; readonly last: number; readonly created: number; readonly duplicates: number }
  | { readonly outcome: 'stale' | 'gap' | 'closed'; readonly last: number }
  | { readonly outcome: 'moved'; readonly last: number; readonly lasts: readonly number[] };

/** The numbers of the page, read at one moment. */
export interface Totals {
  /** Distinct coins in the wallet. */
  readonly coins: number;
  readonly hashes: number;
  /** Coins that were found again. */
  readonly duplicates: number;
  /** The store's clock, Unix time in seconds. */
  readonly now: number;
  /** Of the at most 1000 last batches: their hashes, and when the oldest and the newest was recorded (store's clock). */
  readonly timing: { readonly hashes: number; readonly oldest: number | null; readonly newest: number | null };
  /** The newest coins, the newest first, as many as were asked for. */
  readonly newest: readonly NewCoin[];
  /** What the workers say of themselves, of those that said it lately. */
  readonly reports: readonly StoredReport[];
}

/**
 * A JSON object that a worker wrote, its id, and when (store's clock). The store may have put more fields into it, and
 * anybody may have written it: check before use.
 */
export interface StoredReport {
  readonly id: string;
  readonly at: number;
  readonly json: string;
}

/** One of the newest coins. */
export interface NewCoin {
  readonly hash: string;
  /** At most the first SHOWN_ORIGIN_BYTES of it: a stranger may have written anything. */
  readonly origin: Uint8Array;
  /** How long it really is. */
  readonly originBytes: number;
  /** The store's clock, Unix time in seconds. */
  readonly at: number;
  readonly worker: string;
}

/** What an audit compares, read at one moment. */
export interface Ledger {
  readonly coins: number;
  readonly hashes: number;
  readonly duplicates: number;
  /** Sums of what each worker had recorded. */
  readonly recordedCoins: number;
  readonly recordedHashes: number;
  /** Each id under which something was recorded, or that takes nothing more, in the order of their ids. */
  readonly workers: readonly WorkerRecord[];
}

/** What the store holds of one id of a worker. */
export interface WorkerRecord {
  readonly id: string;
  /** The sequence number that it holds; 0 = none. */
  readonly last: number;
  /** Takes nothing more. */
  readonly closed: boolean;
  /** In all; null where an idle id's were folded together with those of others. */
  readonly hashes: number | null;
  readonly coins: number | null;
}

export interface Store {
  /**
   * Records one batch, exactly once, all or nothing.
   *
   * @throws RangeError for a batch that breaks its own rules; Error when the store did not answer in time (then it
   * may or may not count: send the same batch again)
   */
  readonly record: (batch: Batch) => Promise<Answer>;
  /** With as many of the newest coins as `newestCoins` says; none if not said. */
  readonly totals: (options?: { readonly newestCoins?: number }) => Promise<Totals>;
  /** The newest coins, the newest first, at most `limit` (1..1000). */
  readonly newestCoins: (limit: number) => Promise<NewCoin[]>;
  /**
   * Keeps a worker's report, a JSON object with at least one field, for `ttlMs`. Gives the sequence number up to which
   * what the store holds of this worker will survive a power cut, 0 where it cannot tell; finding out may take a second.
   */
  readonly report: (id: string, json: string, ttlMs: number) => Promise<number>;
  readonly ledger: () => Promise<Ledger>;
  /** The whole wallet, in parts, in no order; a coin that is recorded meanwhile may be missing, or come twice. */
  readonly wallet: () => AsyncIterable<readonly WalletEntry[]>;
  readonly close: () => Promise<void>;
}

/** A key and a value as they stand in the wallet; whether they belong together is what an audit asks. */
export interface WalletEntry {
  readonly hash: string;
  readonly origin: Uint8Array;
}

/** At most this many batches are in `timing`, and coins in `recent`. */
export const KEPT_ENTRIES = 1000;

/** At most this many coins of one batch become newest coins: finding out which of them are new costs a look-up each. */
export const RECENT_OF_A_BATCH = 100;

/** Longer than any candidate of ours. */
export const SHOWN_ORIGIN_BYTES = 64;

/** The address of a store cannot be used; the message says why. */
export class StoreUrlError extends Error {
  override name = 'StoreUrlError';
}

export interface StoreOptions {
  /** How long one call may take, ms. */
  readonly timeoutMs: number;
  /** A file that is not there is an error, and not made. */
  readonly mustExist?: boolean;
}

/** @throws RangeError when a batch breaks its own rules */
export function checkBatch({ worker, sequence, hashes, coins, closes }: Batch): void {
  if (!/^[\w.:-]{1,200}$/.test(worker)) {
    throw new RangeError(`Cannot record a batch: a worker's id is 1 to 200 letters, digits and . _ : -; got ${worker}`);
  }
  if (!Number.isSafeInteger(sequence) || sequence < 1) {
    throw new RangeError(`Cannot record a batch: its sequence must be a whole number from 1; got ${sequence}`);
  }
  if (closes && closes.length > 0 && sequence !== 1) {
    throw new RangeError(`Cannot record a batch: only the first one of an id closes others; got sequence ${sequence}`);
  }
  if (!Number.isSafeInteger(hashes) || hashes < Math.max(1, coins.length)) {
    const least = Math.max(1, coins.length);
    throw new RangeError(`Cannot record a batch: its hashes must be a whole number from ${least}; got ${hashes}`);
  }
  if (!isPacked(coins)) { for (const coin of coins) checkCoin(coin); }
}

/** The average since the oldest of the kept batches, hashes/s; null without any or in its first second. */
export function hashSpeed({ now, timing }: Pick<Totals, 'now' | 'timing'>): number | null {
  if (timing.oldest === null || now - timing.oldest < 1) return null;
  return timing.hashes / (now - timing.oldest);
}
