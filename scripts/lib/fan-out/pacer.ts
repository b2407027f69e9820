import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Lets no more than so many begin in a second, evenly: a router of a home network forgets connections when too many come
 * at once, and sshd drops them.
 */
export function createPacer(
  perSecond: number,
  now: () => number = () => performance.now(),
): (signal: AbortSignal) => Promise<void> {
  const everyMs = 1000 / perSecond;
  let next = -Infinity;
  return async (signal) => {
    const turn = Math.max(next, now());
    next = turn + everyMs;
    const waitMs = turn - now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal });
  };
}
