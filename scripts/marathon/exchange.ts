/**
 * One question to Marathon, and its answer as data: the masters are asked in turn, and whatever goes wrong becomes one line
 * and a kind that a caller can branch on.
 *
 * A redirect is followed only to a master that was named, scheme and port included. A Marathon that does not lead hands on
 * what it is asked by itself (api/LeaderProxyFilter.scala; it redirects for /v2/events alone), so one that points elsewhere
 * is a proxy, a page for a login, or somebody who would like to have ours.
 */
import { Agent, type Dispatcher, request } from 'undici';
import { type Access, hideSecrets } from './access.ts';
import {
  ANSWERS_WITHIN_MS,
  type Asking,
  connectionError,
  MarathonError,
  OTHER,
  readReply,
  type Reply,
} from './troubles.ts';

export interface Exchange {
  /** The masters, as they are shown. */
  readonly name: string;
  /** @throws MarathonError; the signal's reason */
  readonly ask: (asking: Asking, signal: AbortSignal) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const MOST_REDIRECTS = 3;

export function createExchange(access: Access): Exchange {
  const { masters, authorization, ca } = access;
  // A connection for each question: one that was kept may be closed at that moment by who answers.
  const agent = new Agent({ pipelining: 0, connect: ca === undefined ? {} : { ca } });
  const origins = new Set(masters.map(({ origin }) => origin));
  const headers = { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }) };
  /** Where the last answer came from. */
  let first = 0;

  async function askMaster(master: URL, asking: Asking, signal: AbortSignal): Promise<unknown> {
    const { method, path, query = {}, body } = asking;
    let url = new URL(master.pathname.replace(/\/$/, '') + path, master);
    for (const [name, value] of Object.entries(query)) {
      for (const one of [value].flat()) url.searchParams.append(name, one);
    }
    for (let redirects = 0;; redirects++) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWERS_WITHIN_MS)]);
      let answer: Dispatcher.ResponseData;
      let text: string;
      try {
        answer = await request(url, {
          ...{ method, dispatcher: agent, signal: within },
          ...(body === undefined ? { headers } : {
            headers: { ...headers, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          }),
        });
        text = await answer.body.text();
      } catch (error) {
        signal.throwIfAborted();
        throw connectionError(url, error as Error);
      }
      const { statusCode: status, headers: { location } } = answer;
      const reply: Reply = { asking, url, status, text, type: String(answer.headers['content-type'] ?? 'no type') };
      if (status < 300 || status >= 400) return readReply(reply, authorization !== undefined);
      const next = typeof location === 'string' && URL.canParse(location, url) ? new URL(location, url) : undefined;
      const said = `${url.origin} redirects ${method} ${path} (${status}) to ${next ? next.origin : 'nowhere'}`;
      if (!next || !origins.has(next.origin)) {
        throw new MarathonError(`${said}, which is not in URL: not followed, the login would go there, too`, OTHER);
      }
      // 303 asks for another method, under which nothing would be deployed.
      if (status === 303 || redirects === MOST_REDIRECTS) throw new MarathonError(`${said}: not followed`, OTHER);
      url = next;
    }
  }

  return {
    name: masters.map(({ href }) => href.replace(/\/$/, '')).join(','),
    ask: async (asking, signal) => {
      const failures: MarathonError[] = [];
      for (const turn of masters.keys()) {
        const at = (first + turn) % masters.length;
        try {
          const answer = await askMaster(masters[at]!, asking, signal);
          first = at;
          return answer;
        } catch (error) {
          if (!(error instanceof MarathonError)) throw error;
          failures.push(new MarathonError(hideSecrets(error.message, access), error.trouble, { cause: error.cause }));
          if (error.trouble.kind !== 'unreachable' && error.trouble.kind !== 'untrusted') break;
        }
      }
      // One that has answered says more than those that could not.
      const last = failures.at(-1)!;
      if (failures.length === 1 || !/^un(reachable|trusted)$/.test(last.trouble.kind)) throw last;
      const trouble = failures.find(({ trouble: { kind } }) => kind === 'unreachable')?.trouble ?? last.trouble;
      throw new MarathonError(`No master answers: ${failures.map(({ message }) => message).join('; ')}`, trouble);
    },
    close: () => agent.destroy(),
  };
}
