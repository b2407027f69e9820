/** An answer of rng or hasher, which says who gave it, so that it can be seen through a balancer too. */
import type { Queue } from './queue.ts';

type Body = string | Uint8Array<ArrayBuffer>;

/** Makes an answer; `startedAt`: when the request came, as performance.now(). */
export type InstanceAnswer = (body: Body, startedAt: number) => Response;

export function createInstanceAnswer(host: string, queue: Queue, contentType: string): InstanceAnswer {
  // A Response of its own, because the context's c.body() makes a Headers first: twice the time of the whole answer.
  return (body, startedAt) =>
    new Response(body, {
      headers: {
        'Content-Type': contentType,
        'X-Instance': host,
        'X-Queue': String(queue.waiting()),
        'Server-Timing': `total;dur=${(performance.now() - startedAt).toFixed(2)}`,
      },
    });
}
