/** What the page shows of one moment: the store's totals and the workers' reports, put together. */
import type { UpstreamState } from '../upstream/record.ts';
import { parseReport, type UpstreamName, type WorkerReport } from '../worker/report.ts';
import { hashSpeed, type NewCoin, type Totals } from '../store/store.ts';
import { type Absences, createAbsences, type Gone } from './absences.ts';
import { type MergedUpstream, mergeStores, mergeUpstreams } from './merged-upstream.ts';

/** One worker as the page lists it. `lastSeen`: the store's clock, Unix time in seconds. */
export interface WorkerRow {
  readonly id: string;
  readonly host: string;
  /** The machine that it runs on. */
  readonly node: string;
  readonly version: string;
  readonly colour: string;
  readonly kernel: string;
  readonly threads: number;
  readonly loops: number;
  readonly rate: number | null;
  readonly lastSeen: number;
}

/** An instance that answered lately and does not any more. */
export type GoneInstance = Gone<{ readonly name: string }>;

export type ShownUpstream = MergedUpstream & { readonly gone: readonly GoneInstance[] };

/** A row of `GET /coins`, and of the event `coins`. */
export interface CoinRow {
  readonly hash: string;
  /** In hex; of a long one only the beginning. */
  readonly origin: string;
  readonly originBytes: number;
  /** The store's clock, Unix time in seconds. */
  readonly at: number;
  readonly worker: string;
}

export function coinRow({ hash, origin, originBytes, at, worker }: NewCoin): CoinRow {
  return { hash, origin: Buffer.from(origin).toString('hex'), originBytes, at, worker };
}

/**
 * The body of `GET /json`. The first three names are DockerCoins'. What is not known is null: everything before the
 * store has been read for the first time, speeds while it does not answer. Times are the store's clock, Unix time in
 * seconds.
 */
export interface Snapshot {
  readonly coins: number | null;
  readonly hashes: number | null;
  readonly now: number;
  readonly duplicates: number | null;
  /** By the rule: hashes of the kept batches / (now - the oldest of them). */
  readonly hash_speed: number | null;
  readonly hash_speed_10s: number | null;
  readonly coin_speed_10s: number | null;
  /** Of the workers that report; null when there is none, or they differ. */
  readonly difficulty: number | null;
  readonly pace: string | null;
  readonly workers: readonly WorkerRow[];
  /** Workers that reported within the last minute, and do not any more. */
  readonly gone: readonly WorkerRow[];
  readonly upstreams: Readonly<Record<UpstreamName, ShownUpstream>>;
  readonly title: string;
  readonly version: string;
}

export interface Speeds {
  readonly hashes: number | null;
  readonly coins: number | null;
}

interface SeenReport {
  readonly id: string;
  readonly at: number;
  readonly report: WorkerReport;
}

export interface SnapshotParts {
  /** What the store last said; undefined before it said anything. */
  readonly totals: Totals | undefined;
  /** The store's clock, Unix time in seconds. */
  readonly now: number;
  readonly speeds: Speeds;
  /** How the webui itself gets on with the store. */
  readonly store: UpstreamState;
  readonly title: string;
  readonly version: string;
}

/** Who is gone: what one snapshot knows from those before it. */
export interface Absentees {
  readonly workers: Absences<WorkerRow>;
  readonly instances: Readonly<Record<UpstreamName, Absences<{ readonly name: string }>>>;
}

export function createAbsentees(keepSeconds: number): Absentees {
  const instances = () => createAbsences<{ readonly name: string }>(keepSeconds);
  return {
    workers: createAbsences(keepSeconds),
    instances: { rng: instances(), hasher: instances(), store: instances() },
  };
}

export function createSnapshot(
  { totals, now, speeds, store, title, version }: SnapshotParts,
  absentees: Absentees,
): Snapshot {
  const seen = (totals?.reports ?? []).flatMap(({ id, at, json }): SeenReport[] => {
    const report = parseReport(json);
    return report ? [{ id, at, report }] : [];
  }).sort((a, b) => a.id < b.id ? -1 : 1);
  const workers = seen.map(({ id, at, report }) => workerRow(id, at, report));
  const shown = (name: UpstreamName, merged: MergedUpstream): ShownUpstream => {
    const present = Object.entries(merged.instances).map(([name, { idleSeconds }]): [string, GoneInstance] => [
      name,
      { name, lastSeen: now - idleSeconds },
    ]);
    return { ...merged, gone: absentees.instances[name](now, new Map(present)) };
  };
  const merged = (name: UpstreamName): MergedUpstream =>
    mergeUpstreams(seen.map((worker) => onStoreClock(worker, name)));
  return {
    coins: totals?.coins ?? null,
    hashes: totals?.hashes ?? null,
    now,
    duplicates: totals?.duplicates ?? null,
    hash_speed: totals ? hashSpeed(totals) : null,
    hash_speed_10s: speeds.hashes,
    coin_speed_10s: speeds.coins,
    difficulty: common(seen.map(({ report }) => report.difficulty)),
    pace: common(seen.map(({ report }) => report.pace)),
    workers,
    gone: absentees.workers(now, new Map(workers.map((worker) => [worker.id, worker]))),
    upstreams: {
      rng: shown('rng', merged('rng')),
      hasher: shown('hasher', merged('hasher')),
      store: shown('store', mergeStores(store, merged('store'))),
    },
    title,
    version,
  };
}

function workerRow(id: string, lastSeen: number, report: WorkerReport): WorkerRow {
  const { host, node, version, colour, kernel, threads, loops, rate } = report;
  return { id, host, node, version, colour, kernel, threads, loops, rate, lastSeen };
}

function common<T>(values: readonly T[]): T | null {
  const [first, ...rest] = values;
  return first !== undefined && rest.every((value) => value === first) ? first : null;
}

// A worker's clock may be an hour off; how long ago something was, counted back from when its report arrived, is not.
function onStoreClock({ at, report }: SeenReport, name: UpstreamName): UpstreamState {
  const state = report.upstreams[name];
  return { ...state, since: state.since === null ? null : at - (report.sentAt - state.since) };
}
