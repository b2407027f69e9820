/** Reading what a client sends: no more than it may send, and no longer than it may take. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { IncomingMessage } from 'node:http';
import { refusal } from './refusal.ts';

export interface BodyLimits {
  readonly maxBytes: number;
  /** How long to wait for all of it; a quarter more, at most. */
  readonly timeoutMs?: number;
}

/**
 * The whole body of a request.
 *
 * @throws HTTPException 413 when it is longer than `maxBytes`, at once where it says so itself; 408 when it does not
 * come in time; 400 when the client broke off
 */
export type BodyReader = (c: Context) => Promise<Bytes>;

type Bytes = Uint8Array;

// Hono's bodyLimit() looks at the stream of every body, which makes a whole Request of it: 100 us (measured).
export function createBodyReader({ maxBytes, timeoutMs = 10_000 }: BodyLimits): BodyReader {
  const within = createPatience(timeoutMs, () => refusal(408, `Cannot take the body: it must come in ${timeoutMs} ms`));
  return (c) => {
    const length = c.req.header('Content-Length');
    if (Number(length) > maxBytes) throw tooLong(maxBytes);
    const { incoming } = (c.env ?? {}) as Partial<HttpBindings>;
    return within(
      incoming ? readMessage(incoming, maxBytes) : readRequest(c.req.raw, length !== undefined, maxBytes),
    );
  };
}

// Asking Node's message itself, and not the Request that stands for it, is a seventh of hasher's work (measured).
function readMessage(incoming: IncomingMessage, maxBytes: number): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLong(maxBytes));
      else chunks.push(chunk);
    });
    incoming.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    incoming.on('error', () => reject(brokenOff()));
  });
}

async function readRequest(request: Request, isLengthKnown: boolean, maxBytes: number): Promise<Bytes> {
  try {
    if (isLengthKnown) return new Uint8Array(await request.arrayBuffer());
    const chunks: Bytes[] = [];
    let size = 0;
    for await (const chunk of request.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) throw tooLong(maxBytes);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof HTTPException ? error : brokenOff();
  }
}

function tooLong(maxBytes: number): HTTPException {
  return refusal(413, `Cannot take the body: it must be at most ${maxBytes} bytes long`);
}

function brokenOff(): HTTPException {
  return refusal(400, 'Cannot take the body: it broke off');
}

/**
 * Waits for bodies, but not for ever: one clock looks at all of them, so that a wait which is over at once, as
 * nearly all are, costs no timer of its own.
 */
function createPatience(ms: number, tooLate: () => HTTPException): (body: Promise<Bytes>) => Promise<Bytes> {
  const waits = new Set<{ readonly until: number; readonly giveUp: () => void }>();
  let quarters = 0;
  let clock: NodeJS.Timeout | undefined;

  function look(): void {
    quarters++;
    for (const wait of waits) {
      if (wait.until > quarters) break;
      waits.delete(wait);
      wait.giveUp();
    }
    if (waits.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  }

  return (body) =>
    new Promise((resolve, reject) => {
      const wait = { until: quarters + 5, giveUp: () => reject(tooLate()) };
      waits.add(wait);
      clock ??= setInterval(look, ms / 4);
      body.then(
        (bytes) => {
          waits.delete(wait);
          resolve(bytes);
        },
        (error) => {
          waits.delete(wait);
          reject(error);
        },
      );
    });
}
