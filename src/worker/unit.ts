/** The unit of work: a seed fetched, its candidates hashed, the winners confirmed. Recording is the recorder's. */
import { type HasherClient, HEX_DIGITS } from '../hasher/client.ts';
import type { RngClient } from '../rng/client.ts';
import { retry } from '../upstream/retry.ts';
import type { Answered } from '../upstream/upstream.ts';
import { asBuffer, type Coins, packSome } from '../store/coins.ts';
import { candidatesAt } from './kernel/candidate.ts';
import { usedPart } from './four-byte-bug.ts';
import type { Found, Pool, Search } from './pool.ts';

/** Random bytes that the worker asks for. */
export const SEED_BYTES = 32;

/** What one unit of work came to. */
export interface Unit {
  /** Candidates really tried. */
  readonly hashes: number;
  /** Confirmed coins. */
  readonly coins: Coins;
  /** How long rng and hasher say that they took for it, ms; the rest of its time is the worker's own. */
  readonly servedMs: number;
  /** What the next unit is to begin with: a seed has so many coins that they are recorded in parts. */
  readonly rest?: Part;
}

/** The candidates of a seed that are still to be tried. */
export type Part = Pick<Search, 'seed' | 'first' | 'count'>;

export interface UnitOptions {
  readonly rng: RngClient;
  readonly hasher: HasherClient;
  readonly pool: Pool;
  /** Leading zero hex digits that make a coin. */
  readonly difficulty: number;
  /** Candidates a seed. */
  readonly candidates: number | 'auto';
  /** What the hasher is asked to hash. */
  readonly confirm: 'all' | 'winners';
  readonly fourByteBug: boolean;
  readonly onDisagreement: (disagreement: Disagreement) => void;
}

/** A thread and the hasher gave different digests for one candidate: one of them is broken. */
export interface Disagreement {
  /** The used part of the seed, hex. */
  readonly seed: string;
  readonly index: number;
  readonly thread: string;
  readonly hasher: string;
}

/** When a unit that is under way has to end. */
export interface UnitSignals {
  /** No new work: a seed that has not come is not waited for. */
  readonly stop: AbortSignal;
  /** What is mined is not confirmed any more either. */
  readonly deadline: AbortSignal;
}

/** What `auto` makes of CANDIDATES: long enough to forget the cost of a seed, short enough to stop at once. */
const AUTO_MS = 50;
const MOST_CANDIDATES = 2 ** 24;

/** The digit 0, as a byte of text. */
const ZERO = 48;

/**
 * Does one unit of work: the given part of a seed, or all of a new one. An upstream that fails is asked again until it
 * answers, or a signal ends it.
 *
 * @throws the signal's reason; what was found in this unit is then lost
 */
export async function doUnit(options: UnitOptions, signals: UnitSignals, part?: Part): Promise<Unit> {
  const begun = part ? { value: part, servedMs: 0 } : await beginSeed(options, signals.stop);
  const { seed, first, count } = begun.value;
  const report = options.confirm === 'all' ? 'all' : 'winners';
  const found = await options.pool.search({ seed, first, count, difficulty: options.difficulty, report });
  const confirmed = await confirm(seed, found, options, signals.deadline);
  const { tried } = found;
  return {
    hashes: tried,
    coins: confirmed.value,
    servedMs: begun.servedMs + confirmed.servedMs,
    ...(tried < count ? { rest: { seed, first: first + tried, count: count - tried } } : {}),
  };
}

async function beginSeed(
  { rng, pool, candidates, fourByteBug }: UnitOptions,
  stop: AbortSignal,
): Promise<Answered<Part>> {
  const { value, servedMs } = await retry(() => rng.randomBytes(SEED_BYTES, stop), { signal: stop });
  const count = candidates === 'auto' ? Math.min(pool.candidatesIn(AUTO_MS), MOST_CANDIDATES) : candidates;
  return { value: { seed: usedPart(value, fourByteBug), first: 0, count }, servedMs };
}

/** Those of the found candidates that the hasher gives the same digest, and that are coins. */
async function confirm(
  seed: Uint8Array,
  { indices, digests }: Found,
  { hasher, difficulty, onDisagreement }: UnitOptions,
  deadline: AbortSignal,
): Promise<Answered<Coins>> {
  if (indices.length === 0) return { value: [], servedMs: 0 };
  const origins = candidatesAt(seed, indices);
  const answered = await retry(() => hasher.hashEach(origins, seed.length, deadline), { signal: deadline });
  const [thread, confirmed] = [asBuffer(digests), asBuffer(answered.value)];
  const agreeOnAll = thread.equals(confirmed);
  const coins: number[] = [];
  for (const [at, index] of indices.entries()) {
    const [from, to] = [at * HEX_DIGITS, (at + 1) * HEX_DIGITS];
    if (!agreeOnAll && confirmed.compare(thread, from, to, from, to) !== 0) {
      const [one, other] = [thread, confirmed].map((all) => all.toString('latin1', from, to)) as [string, string];
      onDisagreement({ seed: asBuffer(seed).toString('hex'), index, thread: one, hasher: other });
    } else if (hasZeros(confirmed, from, difficulty)) coins.push(at);
  }
  const value = packSome(coins, { hashes: confirmed, origins, originBytes: seed.length });
  return { value, servedMs: answered.servedMs };
}

function hasZeros(digits: Uint8Array, from: number, count: number): boolean {
  for (let at = from; at < from + count; at++) if (digits[at] !== ZERO) return false;
  return true;
}
