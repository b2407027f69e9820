/** Reads the store once a second, however many pages are open, and tells all of them; keeps what the graph shows. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../service/log.ts';
import { createSpeed } from '../service/speed.ts';
import { createUpstreamRecord } from '../upstream/record.ts';
import type { Store, Totals } from '../store/store.ts';
import { type Annotation, createHistory, type Line, type WindowName } from './history.ts';
import { coinRow, createAbsentees, createSnapshot, type Snapshot } from './snapshot.ts';

export interface Hub {
  /** The last one made; a dead store shows in it, with the last numbers known. */
  readonly latest: () => Snapshot;
  /** Resolves with the next one; undefined when the hub has closed. */
  readonly next: () => Promise<Snapshot | undefined>;
  /** What pages are told now, as JSON by the name of the event. */
  readonly news: () => News;
  readonly line: (window: WindowName) => Line;
  /** Puts a text on the time line, now; pages get it with the next turn. */
  readonly annotate: (text: string) => Annotation;
  readonly close: () => Promise<void>;
}

/** `message` is the snapshot; the others change less often. */
export interface News {
  readonly message: string;
  readonly coins: string;
  readonly annotations: string;
}

export interface HubOptions {
  readonly store: Pick<Store, 'totals'>;
  readonly title: string;
  readonly version: string;
  readonly log: Log;
  readonly everyMs?: number;
}

/** As many of the newest coins as the page lists. */
const LISTED_COINS = 12;

/** How long those who are gone stay on the page. */
const GONE_SECONDS = 60;

export function startHub({ store, title, version, log, everyMs = 1000 }: HubOptions): Hub {
  const closing = new AbortController();
  const seen = createUpstreamRecord('store', log);
  const hashSpeed = createSpeed();
  const coinSpeed = createSpeed();
  let totals: Totals | undefined;
  let readAt = 0;
  let reachedAt = 0;
  const history = createHistory();
  const absentees = createAbsentees(GONE_SECONDS);
  let snapshot = make();
  let news = tell();
  let announcement = Promise.withResolvers<Snapshot | undefined>();

  // A store that does not answer has no clock to ask: its time goes on from when it last did.
  function storeNow(): number {
    return totals ? totals.now + (performance.now() - readAt) / 1000 : Date.now() / 1000;
  }

  function make(): Snapshot {
    const store = seen.state();
    const now = storeNow();
    const since = store.since === null ? null : now - (Date.now() / 1000 - store.since);
    const speeds = store.ok
      ? { hashes: hashSpeed.perSecond(now), coins: coinSpeed.perSecond(now) }
      : { hashes: null, coins: null };
    return createSnapshot({ totals, now, speeds, store: { ...store, since }, title, version }, absentees);
  }

  // Made into text once, and not once for each page.
  function tell(): News {
    return {
      message: JSON.stringify(snapshot),
      coins: JSON.stringify(totals?.newest.map(coinRow) ?? []),
      annotations: JSON.stringify(history.annotations()),
    };
  }

  async function read(): Promise<void> {
    const started = performance.now();
    try {
      const before = totals;
      totals = await store.totals({ newestCoins: LISTED_COINS });
      readAt = performance.now();
      seen.succeeded({ ms: performance.now() - started, instance: undefined, queue: 0 });
      reachedAt = whenReached(totals, before) ?? reachedAt;
      hashSpeed.add(reachedAt, totals.hashes);
      coinSpeed.add(reachedAt, totals.coins);
    } catch (error) {
      seen.failed((error as Error).name, (error as Error).message);
    }
    snapshot = make();
    if (totals) {
      const { now: at, hash_speed_10s: hashesPerSecond, coins } = snapshot;
      history.add({ at, hashesPerSecond, coins: snapshot.upstreams.store.ok ? coins : null });
    }
    news = tell();
    const { resolve } = announcement;
    announcement = Promise.withResolvers();
    resolve(snapshot);
  }

  async function run(): Promise<void> {
    for (let due = performance.now(); !closing.signal.aborted; due = Math.max(due + everyMs, performance.now())) {
      await read();
      await sleep(Math.max(0, due + everyMs - performance.now()), undefined, { signal: closing.signal }).catch(
        () => {},
      );
    }
  }

  const running = run();
  return {
    latest: () => snapshot,
    next: () => announcement.promise,
    news: () => news,
    line: (window) => history.line(window),
    annotate: (text) => {
      const annotation = { at: storeNow(), text };
      history.annotate(annotation);
      return annotation;
    },
    close: async () => {
      closing.abort();
      await running;
      announcement.resolve(undefined);
    },
  };
}

/**
 * When the hashes reached what they are now; undefined when they were that before. A worker of another family writes no
 * times: its hashes count as reached when they were first seen.
 */
export function whenReached({ now, hashes, timing }: Totals, before: Totals | undefined): number | undefined {
  if (timing.newest !== null && timing.newest !== before?.timing.newest) return timing.newest;
  return hashes === before?.hashes ? undefined : now;
}
