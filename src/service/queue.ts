/**
 * The wait that rng and hasher put before every answer: a first-in-first-out queue of a given width in which each
 * request is served for `delayMs`.
 *
 * It is a real queue and not a sleep, because an asynchronous server is concurrent: with `await sleep(100)` ten
 * callers would be served ten times as fast as one, and the lesson of the plateau would be gone.
 *
 * A served request ends at an absolute time (the end of the one before it plus the delay), not a delay after its
 * timer happened to fire: timers are late by up to a millisecond each, and a queue that adds that up would serve 1 %
 * less than it says.
 */
import { createPunctualTimer } from './punctual-timer.ts';

export interface QueueOptions {
  /** How long each request is served, in ms. */
  readonly delayMs: number;
  /** How many are served at a time; 0 = all. */
  readonly width?: number;
  /** How many may wait for their turn. */
  readonly limit?: number;
}

export interface Queue {
  /** How many wait for their turn, without those being served. */
  readonly waiting: () => number;
  /**
   * Resolves when the request has been served; undefined when there is nothing to wait for. Whoever hangs up (the
   * signal) leaves the queue, and the next one moves up. The signal is asked for only when there is a wait, since
   * making one costs more than all the rest.
   *
   * @throws QueueFullError at once, when `limit` are waiting already
   */
  readonly pass: (signal: () => AbortSignal) => Promise<void> | undefined;
  /** From now on nobody is delayed: a service that stops lets everybody through. */
  readonly hurry: () => void;
}

/** Nobody else can wait; the message names the limit. */
export class QueueFullError extends Error {
  override name = 'QueueFullError';
  /** When it is worth trying again, in whole seconds. */
  readonly retryAfterSeconds: number;
  constructor(limit: number, retryAfterSeconds: number) {
    super(`Cannot take the request: ${limit} are waiting already`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Timers later than this are a stall (a paused process), which must not be made up for by a burst. */
const FORGIVEN_LATENESS_MS = 20;

interface Entry {
  readonly finish: () => void;
  end: number;
  callOff: () => void;
}

export function createQueue({ delayMs, width = 0, limit = 1024 }: QueueOptions): Queue {
  const line: Entry[] = [];
  const served = new Set<Entry>();
  const timer = createPunctualTimer();
  let hurried = false;

  function serve(entry: Entry, from: number): void {
    served.add(entry);
    entry.end = hurried ? from : from + delayMs;
    entry.callOff = timer.at(entry.end, () => leave(entry, entry.end));
  }

  function leave(entry: Entry, end: number): void {
    entry.callOff();
    served.delete(entry);
    const next = line.shift();
    if (next) serve(next, Math.max(end, performance.now() - FORGIVEN_LATENESS_MS));
    entry.finish();
  }

  function giveUp(entry: Entry): void {
    const place = line.indexOf(entry);
    if (place >= 0) line.splice(place, 1);
    else leave(entry, performance.now());
  }

  return {
    waiting: () => line.length,

    pass: (signal) => {
      if (width === 0 && (delayMs === 0 || hurried)) return undefined;
      const mustWait = width > 0 && served.size >= width;
      if (mustWait && line.length >= limit) {
        throw new QueueFullError(limit, Math.ceil((limit * delayMs) / width / 1000));
      }
      const hangUp = signal();
      return new Promise((resolve, reject) => {
        if (hangUp.aborted) return reject(hangUp.reason);
        const onAbort = (): void => {
          reject(hangUp.reason);
          giveUp(entry);
        };
        const entry: Entry = {
          end: 0,
          callOff: () => {},
          finish: () => {
            hangUp.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        hangUp.addEventListener('abort', onAbort, { once: true });
        if (mustWait) line.push(entry);
        else serve(entry, performance.now());
      });
    },

    hurry: () => {
      hurried = true;
      for (const entry of [...served]) leave(entry, performance.now());
    },
  };
}
