/**
 * What a worker says of itself once a second, and how the page reads it back. It travels through the store, where
 * anybody may write: what has not the right shape is not shown.
 */
import type { InstanceState, UpstreamState } from '../upstream/record.ts';

export const UPSTREAM_NAMES = ['rng', 'hasher', 'store'] as const;
export type UpstreamName = (typeof UPSTREAM_NAMES)[number];

export interface WorkerReport {
  readonly host: string;
  readonly node: string;
  readonly version: string;
  readonly revision: string;
  readonly colour: string;
  readonly runtime: string;
  readonly pace: string;
  readonly difficulty: number;
  /** How its threads compute sha256. */
  readonly kernel: string;
  readonly threads: number;
  readonly loops: number;
  /** Hashes a second, recorded, over the last 10 s; null before the second batch. */
  readonly rate: number | null;
  /** The worker's clock when it wrote this, Unix time in seconds: makes its other times comparable. */
  readonly sentAt: number;
  readonly upstreams: Readonly<Record<UpstreamName, UpstreamState>>;
}

/** How often a worker reports, and how long a report counts: a worker that is gone leaves the page after that. */
export const REPORT_EVERY_MS = 1000;
export const REPORT_TTL_MS = 10_000;

/** The report, or undefined when the text is none. */
export function parseReport(json: string): WorkerReport | undefined {
  try {
    return readReport(JSON.parse(json));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function readReport(value: unknown): WorkerReport {
  const report = object(value);
  const upstreams = object(report.upstreams);
  return {
    host: word(report.host),
    node: word(report.node),
    version: word(report.version),
    revision: word(report.revision),
    colour: colour(report.colour),
    runtime: word(report.runtime),
    pace: word(report.pace),
    difficulty: number(report.difficulty),
    kernel: word(report.kernel),
    threads: number(report.threads),
    loops: number(report.loops),
    rate: numberOrNull(report.rate),
    sentAt: number(report.sentAt),
    upstreams: {
      rng: readUpstream(upstreams.rng),
      hasher: readUpstream(upstreams.hasher),
      store: readUpstream(upstreams.store),
    },
  };
}

function readUpstream(value: unknown): UpstreamState {
  const state = object(value);
  const instances = Object.entries(object(state.instances)).slice(0, 100);
  return {
    ok: state.ok === true,
    since: numberOrNull(state.since),
    error: state.error === null ? null : word(state.error, 300),
    requestsPerSecond: number(state.requestsPerSecond),
    p50Ms: numberOrNull(state.p50Ms),
    p95Ms: numberOrNull(state.p95Ms),
    errors: number(state.errors),
    queue: number(state.queue),
    instances: Object.fromEntries(instances.map(([name, instance]) => [name.slice(0, 64), readInstance(instance)])),
  };
}

function readInstance(value: unknown): InstanceState {
  const { requestsPerSecond, p50Ms, queue, idleSeconds } = object(value);
  return {
    requestsPerSecond: number(requestsPerSecond),
    p50Ms: number(p50Ms),
    queue: number(queue),
    idleSeconds: number(idleSeconds),
  };
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new TypeError('not an object');
}

function word(value: unknown, mostCharacters = 100): string {
  if (typeof value === 'string') return value.slice(0, mostCharacters);
  throw new TypeError('not a text');
}

function number(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('not a number');
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : number(value);
}

function colour(value: unknown): string {
  const text = word(value);
  if (/^#[0-9a-f]{6}$/i.test(text)) return text;
  throw new TypeError('not a colour');
}
