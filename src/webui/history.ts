/** What the graph shows, over minutes and over days, in memory that does not grow. Times are the store's clock. */

/** How far back one can look, and how many seconds a point stands for; `all` makes its points wider as time goes on. */
export const WINDOWS = {
  '1m': { seconds: 60, step: 1 },
  '10m': { seconds: 600, step: 1 },
  '1h': { seconds: 3600, step: 10 },
  'all': { seconds: Infinity, step: 10 },
} as const;

export type WindowName = keyof typeof WINDOWS;
export const WINDOW_NAMES = Object.keys(WINDOWS) as readonly WindowName[];

/** More points than these are more than a projector has to show. */
const MOST_POINTS = 720;
const MOST_ANNOTATIONS = 200;
/** Seconds; what is less is not another clock, but one that was asked late. */
const LEAST_JUMP = 5;

export interface Moment {
  /** Unix time in seconds. */
  readonly at: number;
  readonly hashesPerSecond: number | null;
  readonly coins: number | null;
}

/** Something that somebody wants to see on the time line. */
export interface Annotation {
  readonly at: number;
  readonly text: string;
}

/** The answer of `GET /history`: columns of equal length, in the order of time; a null where nothing is known. */
export interface Line {
  /** Seconds that a point stands for. */
  readonly step: number;
  readonly at: readonly number[];
  readonly hash_speed_10s: readonly (number | null)[];
  readonly coins: readonly (number | null)[];
}

export interface History {
  /** A store whose clock went back takes its past along: how long ago something was stays true. */
  readonly add: (moment: Moment) => void;
  readonly annotate: (annotation: Annotation) => void;
  readonly annotations: () => readonly Annotation[];
  readonly line: (window: WindowName) => Line;
}

export function createHistory(): History {
  // A minute and ten minutes are two looks at the same points.
  const byStep = { seconds: createSeries(WINDOWS['10m']), tens: createSeries(WINDOWS['1h']) };
  const all = createSeries(WINDOWS.all);
  const series = { '1m': byStep.seconds, '10m': byStep.seconds, '1h': byStep.tens, all };
  let annotations: Annotation[] = [];
  let newest = -Infinity;

  return {
    add: (moment) => {
      const back = newest - moment.at;
      if (back > LEAST_JUMP) {
        // One turn has passed since.
        for (const one of [byStep.seconds, byStep.tens, all]) one.shift(-back - 1);
        annotations = annotations.map(({ at, text }) => ({ at: at - back - 1, text }));
      } else if (back > 0) return;
      newest = moment.at;
      for (const one of [byStep.seconds, byStep.tens, all]) one.add(moment);
    },
    annotate: (annotation) => {
      annotations = [...annotations, annotation].slice(-MOST_ANNOTATIONS);
    },
    annotations: () => annotations,
    line: (window) => series[window].line(newest - WINDOWS[window].seconds),
  };
}

interface Point {
  at: number;
  coins: number | null;
  /** Of the moments whose speed is known. */
  sum: number;
  known: number;
  moments: number;
}

/** Points at least `step` seconds apart, at most MOST_POINTS where it has no end. */
function createSeries({ seconds, step: first }: { readonly seconds: number; readonly step: number }) {
  let points: Point[] = [];
  let step = first;

  function push(into: Point[], point: Point): void {
    const last = into.at(-1);
    if (!last || Math.floor(last.at / step) !== Math.floor(point.at / step)) return void into.push(point);
    last.at = point.at;
    last.coins = point.coins;
    last.sum += point.sum;
    last.known += point.known;
    last.moments += point.moments;
  }

  return {
    add: ({ at, hashesPerSecond, coins }: Moment): void => {
      const known = hashesPerSecond === null ? 0 : 1;
      push(points, { at, coins, sum: hashesPerSecond ?? 0, known, moments: 1 });
      while (points[0]!.at < at - seconds) points.shift();
      if (points.length <= MOST_POINTS) return;
      const narrow = points;
      points = [];
      step *= 2;
      for (const point of narrow) push(points, point);
    },

    shift: (by: number): void => points.forEach((point) => point.at += by),

    line: (since: number): Line => {
      const shown = withGaps(points.filter(({ at }) => at >= since), step);
      return {
        step,
        at: shown.map(({ at }) => rounded(at)),
        // A point that is mostly unknown is a gap: an outage must not look like a smaller speed.
        hash_speed_10s: shown.map(({ sum, known, moments }) => known * 2 > moments ? rounded(sum / known) : null),
        coins: shown.map(({ coins }) => coins),
      };
    },
  };
}

/** Where nobody looked for a while, the line is broken. */
function withGaps(points: readonly Point[], step: number): Point[] {
  return points.flatMap((point, n) => {
    const before = points[n - 1];
    if (!before || point.at - before.at <= 3 * step) return [point];
    return [{ at: before.at + step, coins: null, sum: 0, known: 0, moments: 1 }, point];
  });
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
