/** rng: random bytes over HTTP. */
import { randomFillSync } from 'node:crypto';
import type { Hono } from 'hono';
import { createInstanceAnswer } from '../service/instance-answer.ts';
import { createQueue, type Queue } from '../service/queue.ts';
import { quoted, refusal } from '../service/refusal.ts';
import { createService, type ServiceOptions } from '../service/service.ts';

/** The most bytes that one request may ask for. */
export const MAX_SIZE_BYTES = 1_048_576;

export interface RngOptions extends ServiceOptions {
  /** The wait before every answer; default: none. */
  readonly queue?: Queue;
}

export function createRngApp({ queue = createQueue({ delayMs: 0 }), ...options }: RngOptions): Hono {
  const { app, metrics, on } = createService(options);
  const bytesServed = metrics.counter('rng_bytes_total', 'Random bytes served').with();
  metrics.gauge('rng_queue_waiting', 'Requests waiting for their turn', queue.waiting);
  const randomBytes = createRandomSource();
  const { host } = options.identity;
  const answer = createInstanceAnswer(host, queue, 'application/octet-stream');

  on('GET', '/', async (c) => {
    await queue.pass(() => c.req.raw.signal);
    return c.text(`RNG running on ${host}\n`);
  });

  on('GET', '/:size', (c) => {
    const startedAt = performance.now();
    const sizeBytes = parseSize(c.req.param('size'));
    const serve = (): Response => {
      bytesServed.add(sizeBytes);
      return answer(randomBytes(sizeBytes), startedAt);
    };
    const served = queue.pass(() => c.req.raw.signal);
    return served ? served.then(serve) : serve();
  });

  return app;
}

function parseSize(text: string): number {
  const size = /^\d{1,7}$/.test(text) ? Number(text) : NaN;
  if (size >= 1 && size <= MAX_SIZE_BYTES) return size;
  throw refusal(
    400,
    `Cannot serve random bytes: the size must be a whole number from 1 to ${MAX_SIZE_BYTES}; got ${quoted(text)}`,
  );
}

const POOL_BYTES = 65_536;

/**
 * Small sizes are slices of a pool that is filled at once: asking the kernel for 32 bytes at a time is 46 times
 * slower (measured). A used-up pool is left to the answers that still hold slices of it, never filled again.
 */
function createRandomSource(): (sizeBytes: number) => Uint8Array<ArrayBuffer> {
  let pool = new Uint8Array(0);
  let used = 0;
  return (sizeBytes) => {
    if (sizeBytes > POOL_BYTES / 16) return randomFillSync(new Uint8Array(sizeBytes));
    if (used + sizeBytes > pool.length) {
      pool = randomFillSync(new Uint8Array(POOL_BYTES));
      used = 0;
    }
    return pool.subarray(used, used += sizeBytes);
  };
}
