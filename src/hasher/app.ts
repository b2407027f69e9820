/** hasher: sha256 over HTTP. */
import { hash } from 'node:crypto';
import type { Hono } from 'hono';
import { createBodyReader } from '../service/body.ts';
import { createInstanceAnswer } from '../service/instance-answer.ts';
import { createQueue, type Queue } from '../service/queue.ts';
import { quoted, refusal } from '../service/refusal.ts';
import { createService, type ServiceOptions } from '../service/service.ts';
import { MAX_BODY_BYTES } from './limits.ts';

/** The longest string of `?each=`: what fits one block of sha256 together with its padding, rounded down to words. */
export const MAX_EACH_BYTES = 52;

export interface HasherOptions extends ServiceOptions {
  /** The wait before every answer; default: none. */
  readonly queue?: Queue;
}

export function createHasherApp({ queue = createQueue({ delayMs: 0 }), ...options }: HasherOptions): Hono {
  const { app, metrics, on } = createService(options);
  const hashes = metrics.counter('hasher_hashes_total', 'Digests computed').with();
  metrics.gauge('hasher_queue_waiting', 'Requests waiting for their turn', queue.waiting);
  const { host } = options.identity;
  const answer = createInstanceAnswer(host, queue, 'text/plain; charset=UTF-8');

  on('GET', '/', (c) => c.text(`HASHER running on ${host}\n`));

  const readBody = createBodyReader({ maxBytes: MAX_BODY_BYTES });
  on('POST', '/', (c) => {
    const startedAt = performance.now();
    return readBody(c).then((body) => {
      const each = c.req.query('each');
      const digests = each === undefined ? [sha256(body)] : hashEach(body, parseEach(each));
      const serve = (): Response => {
        hashes.add(digests.length);
        return answer(digests.join('\n'), startedAt);
      };
      const served = queue.pass(() => c.req.raw.signal);
      return served ? served.then(serve) : serve();
    });
  });

  return app;
}

function hashEach(body: Uint8Array, each: number): string[] {
  if (body.length % each !== 0) {
    throw refusal(400, `Cannot hash the body: its ${body.length} bytes must divide by each; got ${each}`);
  }
  const strings = Array.from({ length: body.length / each }, (_, at) => body.subarray(at * each, (at + 1) * each));
  return strings.map(sha256);
}

// Asking node:crypto for hex is faster than asking for bytes (measured on Node 26: 3.8 against 1.3 million a second).
function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}

function parseEach(text: string): number {
  const each = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (each >= 1 && each <= MAX_EACH_BYTES) return each;
  const rule = `each must be a whole number from 1 to ${MAX_EACH_BYTES}`;
  throw refusal(400, `Cannot hash the body: ${rule}; got ${quoted(text)}`);
}
