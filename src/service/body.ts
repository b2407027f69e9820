/** Reading what a client sends: no more than it may send, and no longer than it may take. */
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { refusal } from './refusal.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** How long to wait for all of it. */
  readonly timeoutMs?: number;
}

/**
 * The whole body of a request.
 *
 * @throws HTTPException 413 when it is longer than `maxBytes`, at once where it says so itself; 408 when it does not
 * come in time; 400 when the client broke off
 */
export type BodyReader = (c: Context) => Promise<Uint8Array>;

// Hono's bodyLimit() looks at the stream of every body, which makes a whole Request of it: 100 us (measured).
export function createBodyReader({ maxBytes, timeoutMs = 10_000 }: BodyLimits): BodyReader {
  const within = createPatience(timeoutMs, () => refusal(408, `Cannot take the body: it must come in ${timeoutMs} ms`));
  return (c) => {
    const length = c.req.header('Content-Length');
    if (Number(length) > maxBytes) throw tooLong(maxBytes);
    return within(length === undefined ? readChunks(c.req.raw.body, maxBytes) : c.req.raw.arrayBuffer());
  };
}

async function readChunks(
  stream: ReadableStream<Uint8Array<ArrayBuffer>> | null,
  maxBytes: number,
): Promise<ArrayBuffer> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  return await new Blob(chunks).arrayBuffer();
}

function tooLong(maxBytes: number): HTTPException {
  return refusal(413, `Cannot take the body: it must be at most ${maxBytes} bytes long`);
}

/**
 * Waits for bodies, but not for ever: one clock looks at all of them, so that a wait which is over at once, as
 * nearly all are, costs no timer of its own. A wait may take a quarter longer than it should.
 */
function createPatience(
  ms: number,
  tooLate: () => HTTPException,
): (body: Promise<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>> {
  const waits = new Set<{ readonly until: number; readonly giveUp: () => void }>();
  let clock: NodeJS.Timeout | undefined;

  function look(): void {
    for (const wait of waits) {
      if (wait.until > performance.now()) break;
      waits.delete(wait);
      wait.giveUp();
    }
    if (waits.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  return (body) =>
    new Promise((resolve, reject) => {
      const wait = { until: performance.now() + ms, giveUp: () => reject(tooLate()) };
      waits.add(wait);
      clock ??= setInterval(look, ms / 4);
      body.then(
        (buffer) => {
          waits.delete(wait);
          resolve(new Uint8Array(buffer));
        },
        (error) => {
          waits.delete(wait);
          reject(error instanceof HTTPException ? error : refusal(400, 'Cannot take the body: it broke off'));
        },
      );
    });
}
