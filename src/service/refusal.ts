/** Refusing what a client sent, in words that it can act on. */
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** A refusal that the client can act on: one line of text that says what was wrong. */
export function refusal(status: ContentfulStatusCode, message: string): HTTPException {
  return new HTTPException(status, { message });
}

/** What a client sent, safe and short enough to be part of an answer or a log. */
export function quoted(input: string): string {
  return JSON.stringify(input.length > 40 ? `${input.slice(0, 40)}…` : input);
}
