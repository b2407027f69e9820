/** What an answer of rng or hasher says about who gave it, so that it can be seen through a balancer too. */
import type { Queue } from './queue.ts';

/** `startedAt`: when the request came, as performance.now(). */
export function instanceHeaders(host: string, queue: Queue, startedAt: number): Record<string, string> {
  return {
    'X-Instance': host,
    'X-Queue': String(queue.waiting()),
    'Server-Timing': `total;dur=${(performance.now() - startedAt).toFixed(2)}`,
  };
}
