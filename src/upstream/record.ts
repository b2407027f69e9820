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

/** `now` gives ms on a clock that never goes back, `wallClock` Unix time in ms. */
export function createUpstreamRecord(
  name: string,
  log: Log,
  { now = () => performance.now(), wallClock = Date.now } = {},
): UpstreamRecord {
  const answers: Kept[] = [];
  let next = 0;
  let errors = 0;
  let ok = true;
  let since: number | null = null;
  let error: string | null = null;
  let lastFailureAt = -Infinity;
  const logged = new Set<string>();

  return {
    succeeded: (answer) => {
      answers[next++ % MOST_ANSWERS] = { ...answer, at: now() };
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
      const recent = answers.filter(({ at }) => now() - at <= WINDOW_MS);
      const times = recent.map(({ ms }) => ms).sort((a, b) => a - b);
      return {
        ok,
        since,
        error,
        requestsPerSecond: rate(recent),
        p50Ms: quantile(times, 0.5),
        p95Ms: quantile(times, 0.95),
        errors,
        queue: lastQueues(recent).reduce((sum, queue) => sum + queue, 0),
        instances: instancesOf(recent, now()),
      };
    },
  };
}

// From the first to the last answer, not over the whole window: a steady rate reads the same from the second on.
function rate(answers: readonly Kept[]): number {
  if (answers.length < 2) return 0;
  const times = answers.map(({ at }) => at);
  const spanMs = Math.max(...times) - Math.min(...times);
  return spanMs > 0 ? ((answers.length - 1) / spanMs) * 1000 : 0;
}

function byInstance(answers: readonly Kept[]): Map<string, Kept[]> {
  const groups = Map.groupBy(answers, ({ instance }) => instance ?? 'unnamed');
  return new Map([...groups].slice(0, MOST_INSTANCES));
}

function instancesOf(answers: readonly Kept[], now: number): Record<string, InstanceState> {
  return Object.fromEntries(
    [...byInstance(answers)].map(([instance, own]) => {
      const times = own.map(({ ms }) => ms).sort((a, b) => a - b);
      const last = latest(own);
      return [instance, {
        requestsPerSecond: rate(own),
        p50Ms: quantile(times, 0.5)!,
        queue: last.queue,
        idleSeconds: (now - last.at) / 1000,
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
