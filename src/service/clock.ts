/** Time as a parameter, so that whoever waits can be tested, and simulated, without waiting. */
import { setTimeout } from 'node:timers/promises';

export interface Clock {
  /** ms, on a clock that never goes back. */
  readonly now: () => number;
  /** Resolves after `ms`, which may be over already, or as soon as the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(Math.max(0, ms), undefined, { signal }).catch(() => {}),
};
