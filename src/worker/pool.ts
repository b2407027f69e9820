/**
 * The threads that hash. A search goes to a thread with little to do; a thread that dies is replaced, and what
 * it had not finished is searched again by the others, so that nothing is counted that was not tried.
 */
import { extname } from 'node:path';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type Log, silentLog } from '../service/log.ts';
import type { KernelName } from './kernel/kernels.ts';
import {
  createCells,
  type FoundMessage,
  type Founds,
  ringBell,
  type Searches,
  type SearchMessage,
  tellToStop,
  type ThreadStart,
} from './messages.ts';

export type Search = Omit<SearchMessage, 'id'>;
export type Found = Omit<FoundMessage, 'id'>;

export interface Pool {
  readonly threads: number;
  /** Resolves when all of it was tried, enough was found, or the pool was told to stop; `tried` says how many were. */
  readonly search: (search: Search) => Promise<Found>;
  /** Candidates that one thread tries in about `ms`; 1024 as long as nothing is known. */
  readonly candidatesIn: (ms: number) => number;
  /** Every search ends as soon as it can, new ones at once with nothing tried. */
  readonly stop: () => void;
  /** Stops, and resolves when all threads have ended. */
  readonly close: () => Promise<void>;
}

export interface PoolOptions {
  readonly threads: number;
  readonly kernel: KernelName;
  readonly log?: Log;
  /** Told each time a thread died and was replaced. */
  readonly onReplaced?: () => void;
}

/** A search that has killed this many threads is given up: it would kill all that follow. */
const MOST_DEATHS = 3;

/** So that threads which die at once do not come back in a busy loop. */
const REPLACE_AFTER_MS = 500;

/** A first guess, tried in well under 50 ms everywhere. */
const UNKNOWN_SPEED_PER_MS = 1024 / 50;

interface Job {
  readonly message: SearchMessage;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: Error) => void;
  deaths: number;
}

interface Thread {
  readonly port: MessagePort;
  readonly cells: Int32Array;
  readonly jobs: Map<number, Job>;
  /** Those of its jobs that are not on their way yet: they leave together, since each wake-up of a thread costs. */
  outbox: SearchMessage[];
  /** Candidates of all its jobs. */
  load: number;
  /** When it began with the oldest of its jobs. */
  busySince: number;
}

// esbuild does not follow worker addresses: the thread is an entry point of its own, beside this file's bundle.
const THREAD_URL = new URL(`./thread${extname(import.meta.url)}`, import.meta.url);

const NOTHING_FOUND: Found = { tried: 0, indices: new Uint32Array(0), digests: new Uint8Array(0), counts: [] };

export function createPool({ threads: count, kernel, log = silentLog, onReplaced }: PoolOptions): Pool {
  let stopped = false;
  let nextId = 1;
  let speedPerMs = 0;
  const threads = new Set<Thread>();
  /** Searches that came while every thread was dead. */
  const homeless: Job[] = [];
  const ended: Promise<void>[] = [];

  function startThread(): void {
    const { port1, port2 } = new MessageChannel();
    const cells = createCells();
    const worker = new Worker(THREAD_URL, {
      workerData: { cells, port: port2, kernel } satisfies ThreadStart,
      transferList: [port2],
    });
    const thread: Thread = { port: port1, cells, jobs: new Map(), outbox: [], load: 0, busySince: 0 };
    threads.add(thread);
    port1.on('message', (founds: Founds) => founds.forEach((found) => finish(thread, found)));
    worker.on('error', (error) => log.error('thread_failed', { error: String(error) }));
    ended.push(
      new Promise((resolve) =>
        worker.on('exit', () => {
          bury(thread);
          resolve();
        })
      ),
    );
    for (const job of homeless.splice(0)) give(job);
  }

  function bury(thread: Thread): void {
    // What it answered with its last breath counts; `exit` can arrive before it.
    for (let last = receiveMessageOnPort(thread.port); last; last = receiveMessageOnPort(thread.port)) {
      (last.message as Founds).forEach((found) => finish(thread, found));
    }
    thread.port.close();
    threads.delete(thread);
    if (stopped) return void thread.jobs.forEach((job) => job.resolve(NOTHING_FOUND));
    log.warn('thread_replaced', { unfinishedSearches: thread.jobs.size });
    onReplaced?.();
    setTimeout(() => stopped || startThread(), REPLACE_AFTER_MS);
    for (const [at, job] of [...thread.jobs.values()].entries()) {
      // Searches are done in order, so the thread was at the first one when it died.
      if (at === 0) job.deaths++;
      if (job.deaths < MOST_DEATHS) give(job);
      else job.reject(new Error(`Cannot search: ${MOST_DEATHS} threads died of it`));
    }
  }

  function give(job: Job): void {
    if (threads.size === 0) return void homeless.push(job);
    const thread = leastBusy();
    if (thread.jobs.size === 0) thread.busySince = performance.now();
    thread.jobs.set(job.message.id, job);
    thread.load += job.message.count;
    if (thread.outbox.push(job.message) === 1) setImmediate(() => send(thread));
  }

  // Less than a millisecond of work is no reason to wake up another thread.
  function leastBusy(): Thread {
    const busyMs = ({ load }: Thread): number => Math.floor(load / (speedPerMs || UNKNOWN_SPEED_PER_MS));
    return [...threads].reduce((least, other) => busyMs(other) < busyMs(least) ? other : least);
  }

  function send(thread: Thread): void {
    const searches: Searches = thread.outbox;
    thread.outbox = [];
    thread.port.postMessage(searches);
    ringBell(thread.cells);
  }

  function finish(thread: Thread, { id, ...found }: FoundMessage): void {
    const job = thread.jobs.get(id);
    thread.jobs.delete(id);
    thread.load -= job?.message.count ?? 0;
    const now = performance.now();
    learnSpeed(found.tried, now - thread.busySince);
    thread.busySince = now;
    job?.resolve(found);
  }

  // Short searches measure the messages, not the hashing; the mean moves slowly, so that a hiccup does not count.
  function learnSpeed(tried: number, ms: number): void {
    if (tried < 1000 || ms <= 0) return;
    speedPerMs = speedPerMs === 0 ? tried / ms : 0.8 * speedPerMs + 0.2 * (tried / ms);
  }

  function stop(): void {
    stopped = true;
    for (const { cells } of threads) tellToStop(cells);
    for (const job of homeless.splice(0)) job.resolve(NOTHING_FOUND);
  }

  for (let at = 0; at < count; at++) startThread();
  return {
    threads: count,
    search: (search) => {
      if (stopped) return Promise.resolve(NOTHING_FOUND);
      return new Promise((resolve, reject) =>
        give({ message: { id: nextId++, ...search }, resolve, reject, deaths: 0 })
      );
    },
    candidatesIn: (ms) => Math.max(1, Math.round(ms * (speedPerMs || UNKNOWN_SPEED_PER_MS))),
    stop,
    close: async () => {
      stop();
      await Promise.all(ended);
    },
  };
}
