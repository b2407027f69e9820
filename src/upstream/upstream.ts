/**
 * Asking another service: chooses who, waits no longer than it should, tells a failure's kind, and keeps the record
 * of what it saw, which is what the page shows of a path that is slow or broken.
 */
import { Agent } from 'undici';
import { type Log, silentLog } from '../service/log.ts';
import { createMetrics, LATENCY_BUCKETS, type Metrics } from '../service/metrics.ts';
import { AnswerTooLongError, type Exchange, startExchange } from './exchange.ts';
import { createTargets, type Target } from './targets.ts';
import { createUpstreamRecord, type UpstreamState } from './record.ts';

export interface UpstreamOptions {
  readonly name: string;
  /** Where it is, without a slash at the end. */
  readonly urls: readonly string[];
  /** `close`: a connection a request, spread over all addresses; `keep-alive`: connections are kept. */
  readonly connection: 'close' | 'keep-alive';
  /** The most that one question may take, all tries together. */
  readonly timeoutMs: number;
  readonly log?: Log;
  readonly metrics?: Metrics;
}

export interface Question<T> {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Uint8Array;
  /** The most bytes that a right answer can have. */
  readonly maxBytes: number;
  /** Makes the value of a 200 answer. @throws RubbishError when the answer is not what was asked for */
  readonly read: (body: Uint8Array) => T;
  /** The asker does not want it any more. */
  readonly signal: AbortSignal;
}

export interface Upstream {
  /**
   * Asks one instance after the other until one answers rightly.
   *
   * @throws UpstreamError when none did in time; the signal's reason when it was aborted
   */
  readonly ask: <T>(question: Question<T>) => Promise<Answered<T>>;
  /** What was seen of it lately. */
  readonly state: () => UpstreamState;
  readonly close: () => Promise<void>;
}

export interface Answered<T> {
  readonly value: T;
  /**
   * How long the service itself took, ms: what it says in Server-Timing (https://www.w3.org/TR/server-timing/), or
   * the whole time where it says nothing. The rest is what it cost to ask.
   */
  readonly servedMs: number;
}

/** What went wrong, as a word: a log line is written once for each in an outage. */
export type FailureKind = 'unreachable' | 'timeout' | 'status' | 'rubbish';

export class UpstreamError extends Error {
  override name = 'UpstreamError';
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** An answer that came, but is not what it should be. */
export class RubbishError extends Error {
  override name = 'RubbishError';
}

/** Long enough for one lost packet, which is sent again after a second (RFC 6298 §2.1); an answer may take longer. */
const CONNECT_WITHIN_MS = 2000;

export function createUpstream(options: UpstreamOptions): Upstream {
  const { name, urls, connection, timeoutMs, log = silentLog, metrics = createMetrics() } = options;
  const targets = createTargets({ urls, resolve: connection === 'close' });
  const record = createUpstreamRecord(name, log);
  const requests = metrics.counter('upstream_requests_total', 'Requests sent, by their end', ['upstream', 'result']);
  const succeeded = requests.with(name, 'ok');
  const seconds = metrics.histogram(
    'upstream_request_duration_seconds',
    'Time to a right answer',
    ['upstream'],
    LATENCY_BUCKETS,
  ).with(name);
  // Without pipelining undici sends `connection: close`; the whole question has a deadline of its own.
  const dispatcher = new Agent({
    pipelining: connection === 'close' ? 0 : 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: Math.min(timeoutMs, CONNECT_WITHIN_MS) },
  });

  async function ask<T>(question: Question<T>): Promise<Answered<T>> {
    const { signal } = question;
    signal.throwIfAborted();
    const asking: Asking = {};
    const giveUp = (reason: Error): void => {
      asking.givenUp = reason;
      asking.exchange?.abort(reason);
    };
    const onAbort = (): void => giveUp(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => giveUp(new UpstreamError('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      for (let tries = 1;; tries++) {
        const result = await attempt(question, asking);
        if (!('error' in result)) return result;
        signal.throwIfAborted();
        requests.with(name, result.error.kind).add();
        record.failed(result.error.kind, result.error.message);
        if (asking.givenUp || tries >= result.count) throw result.error;
      }
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  async function attempt<T>(
    question: Question<T>,
    asking: Asking,
  ): Promise<Answered<T> | { error: UpstreamError; count: number }> {
    let chosen: { target: Target; count: number } | undefined;
    let askedAt = 0;
    try {
      chosen = await targets.next();
      askedAt = performance.now();
      return await askOne(chosen.target, question, asking);
    } catch (error) {
      if (chosen) targets.avoid(chosen.target, isSilent(error) ? { silentMs: performance.now() - askedAt } : {});
      return { error: asUpstreamError(name, asking.givenUp ?? error, chosen?.target), count: chosen?.count ?? 1 };
    }
  }

  async function askOne<T>(target: Target, question: Question<T>, asking: Asking): Promise<Answered<T>> {
    if (asking.givenUp) throw asking.givenUp;
    const started = performance.now();
    const { method = 'GET', path, body: sent = null, maxBytes } = question;
    const { origin } = target;
    const headers = { host: target.host, ...(sent ? { 'content-type': 'application/octet-stream' } : {}) };
    asking.exchange = startExchange(dispatcher, {
      origin,
      method,
      path,
      headers,
      body: sent,
      blocking: false,
      maxBytes,
    });
    const reply = await asking.exchange.reply;
    if (reply.status !== 200) throw new UpstreamError('status', `it answered ${reply.status}`);
    const value = question.read(reply.body);
    const ms = performance.now() - started;
    succeeded.add();
    seconds.observe(ms / 1000);
    record.succeeded({
      ms,
      instance: header(reply.headers['x-instance'])?.slice(0, 64),
      queue: Number(header(reply.headers['x-queue'])) || 0,
    });
    return { value, servedMs: servedMs(header(reply.headers['server-timing'])) ?? ms };
  }

  return { ask, state: record.state, close: () => dispatcher.destroy() };
}

/** A question on its way: what can still give it up. */
interface Asking {
  exchange?: Exchange;
  givenUp?: Error;
}

function asUpstreamError(name: string, error: unknown, target?: Target): UpstreamError {
  const where = target ? `${name} at ${target.origin}` : name;
  if (error instanceof UpstreamError) {
    return new UpstreamError(error.kind, `Cannot use ${where}: ${error.message}`, error.cause);
  }
  const { message, code } = error as NodeJS.ErrnoException;
  const kind = isRubbish(error) ? 'rubbish' : 'unreachable';
  return new UpstreamError(kind, `Cannot use ${where}: ${message || code}`, error);
}

/** It did not take the connection in time, or took it, and did not answer. */
function isSilent(error: unknown): boolean {
  if (error instanceof UpstreamError) return error.kind === 'timeout';
  return (error as NodeJS.ErrnoException).code === 'UND_ERR_CONNECT_TIMEOUT';
}

function isRubbish(error: unknown): boolean {
  if (error instanceof RubbishError || error instanceof AnswerTooLongError) return true;
  return (error as NodeJS.ErrnoException).code?.startsWith('HPE_') ?? false;
}

function servedMs(serverTiming: string | undefined): number | undefined {
  const duration = serverTiming?.match(/^total;dur=(\d{1,7}(?:\.\d{1,6})?)$/)?.[1];
  return duration === undefined ? undefined : Number(duration);
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
