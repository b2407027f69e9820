/**
 * Everything that passes between the worker and its threads: all messages, and every shared cell.
 *
 * A thread sleeps on its own cell and then reads its port, instead of listening for events: it can thereby be told to
 * stop in mid-search, and it ends by returning, which is the one way that Node and Deno have in common.
 */
import type { MessagePort } from 'node:worker_threads';
import type { KernelName } from './kernel/kernels.ts';

/** What the worker sends: searches to be done in this order. */
export type Searches = readonly SearchMessage[];

/** What a thread answers: what it found in some of them. */
export type Founds = readonly FoundMessage[];

/** What a thread is asked to search: candidates `first` to `first + count - 1` of the seed. */
export interface SearchMessage {
  readonly id: number;
  /** 4 to 52 bytes, a multiple of 4. */
  readonly seed: Uint8Array;
  readonly first: number;
  readonly count: number;
  /** Leading zero hex digits that make a coin. */
  readonly difficulty: number;
  /** `winners`: report the coins only; `all`: the digest of every candidate; `counts`: how many coins there are. */
  readonly report: 'winners' | 'all' | 'counts';
}

/** What a thread found. */
export interface FoundMessage {
  readonly id: number;
  /** Candidates really tried; fewer than asked for when it was told to stop, or had found enough. */
  readonly tried: number;
  /** Indices of the reported candidates, ascending. */
  readonly indices: Uint32Array;
  /** Their sha256, 64 hex digits each, one after the other. */
  readonly digests: Uint8Array;
  /** Of `counts`: how many of the coins have exactly so many leading zeros, by number of zeros. */
  readonly counts: readonly number[];
}

/** What a thread is started with. */
export interface ThreadStart {
  readonly kernel: KernelName;
  readonly cells: Int32Array;
  readonly port: MessagePort;
}

/** The cells of one thread. */
export const CELL = {
  /** Raised by one whenever there is something to read; the thread sleeps on it. */
  bell: 0,
  /** 1 = stop as soon as you can. */
  stop: 1,
} as const;

export function createCells(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Object.keys(CELL).length * Int32Array.BYTES_PER_ELEMENT));
}

export function ringBell(cells: Int32Array): void {
  Atomics.add(cells, CELL.bell, 1);
  Atomics.notify(cells, CELL.bell);
}

export function tellToStop(cells: Int32Array): void {
  Atomics.store(cells, CELL.stop, 1);
  ringBell(cells);
}

export function isToldToStop(cells: Int32Array): boolean {
  return Atomics.load(cells, CELL.stop) === 1;
}
