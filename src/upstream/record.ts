/**
 * What a client saw of an upstream in the last seconds: latencies, who answered, how long the queue was, whether it
 * is down and since when. Bounded, so that any rate costs the same memory.
 */
import type { Log } from '../service/log.ts';

export interface UpstreamState {
  readonly ok: boolean;
  /** When `ok` last changed, seconds on this machine's clock; null = it has not been used yet. */
  readonly since: number | null;
  /** What is wrong, where something is. */
  readonly error: string | null;
  readonly requestsPerSecond: number;
  /** Of the answers of the last 10 s; null without any. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Failed requests since the start. */
  readonly errors: number;
  /** Requests waiting there, as the last answers told. */
  readonly queue: number;
  /** By X-Instance. */
  readonly instances: Readonly<Record<string, InstanceState>>;
}

export interface InstanceState {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly queue: number;
  /** Since its last answer. */
  readonly idleSeconds: number;
}

export interface Answer {
  readonly ms: number;
  /** Who answered; a service of another family does not say. */
  readonly instance: string | undefined;
  readonly queue: number;
}

export interface UpstreamRecord {
  readonly succeeded: (answer: Answer) => void;
  readonly failed: (kind: string, message: string) => void;
  readonly state: () => UpstreamState;
}

const WINDOW_MS = 10_000;
const MOST_ANSWERS = 2048;
const MOST_INSTANCES = 50;
/** An upstream that fails now and then is one outage, not a log line at every turn. */
const QUIET_BEFORE_UP_MS = 2000;

interface Kept extends Answer {
  readonly at: number;
}

interface Span {
  readonly now: number;
  /** As much of the window as is known. */
  readonly spanMs: number;
}

/** `now` gives ms on a clock that never goes back, `wallClock` Unix time in ms. */
export function createUpstreamRecord(
  name: string,
  log: Log,
  { now = () => performance.now(), wallClock = Date.now } = {},
): UpstreamRecord {
  const answers: Kept[] = [];
  let next = 0;
  let firstAt = Infinity;
  let errors = 0;
  let ok = true;
  let since: number | null = null;
  let error: string | null = null;
  let lastFailureAt = -Infinity;
  const logged = new Set<string>();

  return {
    succeeded: (answer) => {
      const at = now();
      firstAt = Math.min(firstAt, at);
      answers[next++ % MOST_ANSWERS] = { ...answer, at };
      since ??= wallClock() / 1000;
      if (ok || now() - lastFailureAt < QUIET_BEFORE_UP_MS) return;
      log.info('upstream_up', { upstream: name, downSeconds: Math.round(wallClock() / 1000 - since) });
      ok = true;
      since = wallClock() / 1000;
      error = null;
      logged.clear();
    },

    failed: (kind, message) => {
      errors++;
      lastFailureAt = now();
      error = message;
      if (ok) since = wallClock() / 1000;
      ok = false;
      if (logged.has(kind)) return;
      logged.add(kind);
      log.warn('upstream_down', { upstream: name, kind, error: message });
    },

    state: () => {
      const time = now();
      const recent = answers.filter(({ at }) => time - at <= WINDOW_MS);
      // Of more answers than are kept, those of the whole window are not known.
      const knownFrom = next > MOST_ANSWERS ? answers[next % MOST_ANSWERS]!.at : firstAt;
      const span = { now: time, spanMs: Math.min(WINDOW_MS, time - knownFrom) };
      const times = recent.map(({ ms }) => ms).sort((a, b) => a - b);
      return {
        ok,
        since,
        error,
        requestsPerSecond: rate(recent, span),
        p50Ms: quantile(times, 0.5),
        p95Ms: quantile(times, 0.95),
        errors,
        queue: lastQueues(recent).reduce((sum, queue) => sum + queue, 0),
        instances: instancesOf(recent, span),
      };
    },
  };
}

/**
 * Answers a second over the last `spanMs`. Those in the middle of it count twice, those at its ends nothing: that one
 * enters or leaves is no jump, so a steady rate is a steady number, and answers that come in bursts are not overrated.
 */
function rate(answers: readonly Kept[], { now, spanMs }: Span): number {
  const weights = answers.map(({ at }) => Math.max(0, 2 - Math.abs(4 * (now - at) / spanMs - 2)));
  return spanMs > 0 ? (weights.reduce((sum, weight) => sum + weight, 0) / spanMs) * 1000 : 0;
}

function byInstance(answers: readonly Kept[]): Map<string, Kept[]> {
  const groups = Map.groupBy(answers, ({ instance }) => instance ?? 'unnamed');
  return new Map([...groups].slice(0, MOST_INSTANCES));
}

function instancesOf(answers: readonly Kept[], span: Span): Record<string, InstanceState> {
  return Object.fromEntries(
    [...byInstance(answers)].map(([instance, own]) => {
      const times = own.map(({ ms }) => ms).sort((a, b) => a - b);
      const last = latest(own);
      return [instance, {
        requestsPerSecond: rate(own, span),
        p50Ms: quantile(times, 0.5)!,
        queue: last.queue,
        idleSeconds: (span.now - last.at) / 1000,
      }];
    }),
  );
}

function lastQueues(answers: readonly Kept[]): number[] {
  return [...byInstance(answers).values()].map((own) => latest(own).queue);
}

function latest(answers: readonly Kept[]): Kept {
  return answers.reduce((last, answer) => answer.at > last.at ? answer : last);
}

/** The nearest rank of sorted values. */
function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? null;
}
