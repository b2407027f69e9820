/**
 * The speed of something that is counted in batches, such as hashes.
 *
 * It is taken from batch to batch, never from clock tick to clock tick: how many batches fall into a second is 3, 3 or
 * 4 for a worker that makes exactly 3.33 a second, and the ancestor's page shows that as a saw.
 */
export interface Speed {
  /** `total` had been reached at `at` (seconds), by a batch that ended then. Earlier times and lower totals start anew. */
  readonly add: (at: number, total: number) => void;
  /** Per second over the last window; null until the third batch. */
  readonly perSecond: (now: number) => number | null;
}

interface Point {
  readonly at: number;
  readonly total: number;
}

/** Batches further apart than this are two runs with a rest between, and no speed. */
const REST_SECONDS = 60;

/** Times closer than this share of the window are one point, so that any rate costs the same memory. */
const RESOLUTION = 1 / 200;

export function createSpeed(windowSeconds = 10): Speed {
  let points: Point[] = [];
  // The first batch of a run carries its start-up (connections, first calls): measuring begins with the second.
  let isFirst = true;
  let last: Point | undefined;

  function baseOf(end: number): Point {
    return points.findLast(({ at }) => at <= end - windowSeconds) ?? points[0]!;
  }

  return {
    add: (at, total) => {
      if (last && at === last.at && total === last.total) return;
      if (last && (at < last.at || total < last.total || at - last.at > REST_SECONDS)) {
        points = [];
        isFirst = true;
      }
      last = { at, total };
      if (isFirst) return void (isFirst = false);
      const before = points.at(-2);
      if (before && at - before.at < windowSeconds * RESOLUTION) points.pop();
      points.push(last);
      points = points.slice(points.indexOf(baseOf(at)));
    },

    perSecond: (now) => {
      const end = points.at(-1);
      if (!end || points.length < 2) return null;
      const base = baseOf(end.at);
      const interval = (end.at - base.at) / (points.length - points.indexOf(base) - 1);
      // No batch for longer than usual: from now on time counts as time without any.
      if (now - end.at <= Math.max(2, 3 * interval)) return (end.total - base.total) / (end.at - base.at);
      const since = baseOf(now);
      return (end.total - since.total) / (now - since.at);
    },
  };
}
