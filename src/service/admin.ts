/** What only the instructor may do: routes behind the ADMIN_TOKEN, and the JSON that they take. */
import type { Context } from 'hono';
import { createBodyReader } from './body.ts';
import { refusal } from './refusal.ts';
import { isSameSecret } from './same-secret.ts';

const MOST_BODY_BYTES = 4096;

type Handler = (c: Context) => Response | Promise<Response>;

/** A handler for those who send the token as a bearer token; 401 for others. '' = for everybody. */
export function guarded(token: string, handler: Handler): Handler {
  return (c) => {
    if (token === '' || isSameSecret(c.req.header('Authorization') ?? '', `Bearer ${token}`)) return handler(c);
    return c.text('Not allowed: send the ADMIN_TOKEN as a bearer token\n', 401, { 'WWW-Authenticate': 'Bearer' });
  };
}

/**
 * Reads the body of a request as JSON, undefined where it is none, and gives it to `parse`, whose errors are the
 * client's.
 */
export async function readJson<T>(c: Context, parse: (value: unknown) => T): Promise<T> {
  const body = await readBody(c);
  try {
    return parse(fromJson(body));
  } catch (error) {
    throw refusal(400, (error as Error).message);
  }
}

const readBody = createBodyReader({ maxBytes: MOST_BODY_BYTES });

function fromJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
