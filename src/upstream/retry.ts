/** Trying again, at growing and uneven intervals, so that many clients do not come back in step. */
import { type Clock, realClock } from '../service/clock.ts';

export interface RetryOptions {
  /** Ends the trying. */
  readonly signal: AbortSignal;
  /** The longest first wait, ms; each further one may be twice as long. */
  readonly firstMs?: number;
  /** The longest wait of all, ms. */
  readonly mostMs?: number;
  /** 0..1; default: Math.random */
  readonly random?: () => number;
  /** Default: the runtime's. */
  readonly clock?: Pick<Clock, 'sleep'>;
}

/**
 * Calls `action` until it succeeds. Who calls it logs and counts the failures: it knows what they mean.
 *
 * @throws the signal's reason
 */
export async function retry<T>(action: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, firstMs = 100, mostMs = 2000, random = Math.random, clock = realClock } = options;
  for (let waitMs = firstMs;; waitMs = Math.min(waitMs * 2, mostMs)) {
    signal.throwIfAborted();
    try {
      return await action();
    } catch {
      signal.throwIfAborted();
    }
    await clock.sleep(waitMs * (0.5 + random() / 2), signal);
  }
}
