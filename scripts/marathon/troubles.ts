/** What can go wrong between here and Marathon: each as one line, and as a kind that a caller can branch on. */
import type { ErrorAnswer, ErrorDetail } from './answers.ts';

/** A busy master computes the plan of a group before it answers. */
export const ANSWERS_WITHIN_MS = 30_000;

export interface Asking {
  readonly method: 'GET' | 'PUT';
  /** `/v2/groups/coinroom`, below that of the URL. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

export interface Reply {
  readonly asking: Asking;
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly type: string;
}

/** `unreachable`: also of a master that has no leader; it may be well in a moment. */
export type Trouble =
  | { readonly kind: 'unreachable' | 'untrusted' | 'unauthorized' | 'forbidden' | 'absent' | 'other' }
  | { readonly kind: 'locked'; readonly deployments: readonly string[] }
  | { readonly kind: 'invalid'; readonly details: readonly ErrorDetail[] };

/** Marathon cannot be asked, or has refused. */
export class MarathonError extends Error {
  override name = 'MarathonError';
  readonly trouble: Trouble;

  constructor(message: string, trouble: Trouble, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}

export const OTHER: Trouble = { kind: 'other' };

/** By the code of an error; others are told as they are. */
const CONNECTION_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'nobody knows this name',
  EAI_AGAIN: 'nobody knows this name',
  ECONNRESET: 'it has cut the connection',
  UND_ERR_SOCKET: 'it has cut the connection',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'it has cut the connection',
  EHOSTUNREACH: 'no way leads there',
  UND_ERR_CONNECT_TIMEOUT: 'no connection',
};

/** @param error what undici says of a connection */
export function connectionError({ origin, protocol }: URL, error: Error): MarathonError {
  const { name, message, code = '' } = error as Error & { code?: unknown };
  const why = (words: string): string => typeof code === 'string' && code !== '' ? `${words} (${code})` : words;
  if (name === 'TimeoutError') {
    const text = `Cannot reach ${origin}: no answer within ${ANSWERS_WITHIN_MS / 1000} s`;
    return new MarathonError(text, { kind: 'unreachable' }, { cause: error });
  }
  if (protocol === 'https:' && /SSL|EPROTO/.test(String(code))) {
    return new MarathonError(`Cannot reach ${origin}: ${why('it speaks no TLS')}`, OTHER, { cause: error });
  }
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(String(code))) {
    const advice = code === 'ERR_TLS_CERT_ALTNAME_INVALID'
      ? 'its certificate is for another name'
      : code === 'CERT_HAS_EXPIRED'
      ? 'its certificate has expired'
      : 'nobody who is trusted here has signed its certificate; --ca FILE has who has';
    return new MarathonError(`Cannot trust ${origin}: ${why(advice)}`, { kind: 'untrusted' }, { cause: error });
  }
  if (name === 'HTTPParserError') return new MarathonError(`Cannot reach ${origin}: it speaks no HTTP`, OTHER);
  const words = CONNECTION_WORDS[String(code)] ?? (message.split('\n')[0] || 'it fails');
  return new MarathonError(`Cannot reach ${origin}: ${why(words)}`, { kind: 'unreachable' }, { cause: error });
}

/**
 * What an answer holds; undefined without a body.
 *
 * @throws MarathonError when it is none that was hoped for, or no JSON
 */
export function readReply(
  { asking: { method, path }, url: { origin }, status, text, type }: Reply,
  hasLogin: boolean,
): unknown {
  const answer = parse(text);
  const isFine = status >= 200 && status < 300;
  if (isFine && (answer !== undefined || text === '')) return answer;
  const { message, details, deployments } = (answer ?? {}) as ErrorAnswer;
  const said = message === undefined ? '' : `: ${message}`;
  const fail = (words: string, trouble: Trouble): never => {
    throw new MarathonError(`${origin} ${words}`, trouble);
  };
  // A proxy in front of it refuses, and fails, in HTML.
  if (status === 401) {
    return fail(
      hasLogin
        ? `does not accept this login (401)${said}`
        : 'wants a login (401): MARATHON_USER and MARATHON_PASSWORD, or MARATHON_TOKEN',
      { kind: 'unauthorized' },
    );
  }
  if (status === 403) return fail(`forbids ${method} ${path} (403)${said}`, { kind: 'forbidden' });
  // LeaderProxyFilter.scala: 502 as long as none leads.
  if (status >= 502 && status <= 504) return fail(`cannot answer now (${status})${said}`, { kind: 'unreachable' });
  if (status >= 500) return fail(`fails at ${method} ${path} (${status})${said}`, OTHER);
  if (answer === undefined) {
    return fail(`answers ${method} ${path} with no JSON (${status}, ${type.split(';')[0]}): is it Marathon?`, OTHER);
  }
  if (status === 404) return fail(`has nothing at ${path} (404)${said}`, { kind: 'absent' });
  if (status === 409 && deployments) {
    const ids = deployments.map(({ id }) => id);
    return fail(`has locked ${path} (409) for ${ids.join(', ')}`, { kind: 'locked', deployments: ids });
  }
  const list = typeof details === 'string' ? [{ errors: [details] }] : details ?? [];
  const lines = list.map(({ path: at, errors = [] }: ErrorDetail) => `\n  ${at || '/'}: ${errors.join('; ')}`);
  return fail(
    `refuses ${method} ${path} (${status})${said}${lines.join('')}`,
    status === 422 || status === 400 ? { kind: 'invalid', details: list } : OTHER,
  );
}

/** Undefined where it is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
