/**
 * The rules by which a store takes batches, apart from how it keeps them. The SQLite store and the simulation judge by
 * this function; the Redis script says the same in Lua, and one suite of tests holds all of them to it.
 */
import type { Answer, Batch } from './store.ts';

/** What a store holds of one worker's id. */
export interface WorkerState {
  /** The sequence number of its last batch; 0 = none yet. */
  readonly last: number;
  /** The answer to that batch. */
  readonly created: number;
  readonly duplicates: number;
  /** Nothing more is taken under this id, for good. */
  readonly closed: boolean;
}

export const UNKNOWN_WORKER: WorkerState = { last: 0, created: 0, duplicates: 0, closed: false };

/**
 * The answer to a batch that must not be recorded, or `accept` for one that must be: then, in the same step, every id
 * that it closes has to be closed.
 */
export function judge(batch: Batch, stateOf: (worker: string) => WorkerState): Answer | 'accept' {
  const { last, created, duplicates, closed } = stateOf(batch.worker);
  if (batch.sequence === last) return { outcome: 'recorded', last, created, duplicates };
  if (closed) return { outcome: 'closed', last };
  if (batch.sequence < last) return { outcome: 'stale', last };
  if (batch.sequence > last + 1) return { outcome: 'gap', last };
  const lasts = (batch.closes ?? []).map(({ worker }) => stateOf(worker).last);
  const hasMoved = lasts.some((present, at) => present !== batch.closes![at]!.last);
  return hasMoved ? { outcome: 'moved', last, lasts } : 'accept';
}
