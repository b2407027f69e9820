/** The line of the chart: broken where the speed is not known, and no finer than can be seen. */
import type { Watched } from './samples.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Runs of points without a gap. */
export function speedRuns(watched: readonly Watched[], place: (ms: number, speed: number) => Point): Point[][] {
  const runs: Point[][] = [[]];
  for (const { sample, unknownMs } of watched) {
    if (sample.speed !== null) runs.at(-1)!.push(place(sample.ms, sample.speed));
    if (sample.speed === null || unknownMs > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0).map(thinned);
}

/** Of each column of the picture the first, the highest, the lowest and the last: a short drop is never lost. */
function thinned(run: readonly Point[]): Point[] {
  return [...Map.groupBy(run, ({ x }) => Math.round(x)).values()].flatMap((column) => {
    if (column.length <= 4) return column;
    const byHeight = [...column].sort((a, b) => a.y - b.y);
    const kept = new Set([column[0]!, byHeight[0]!, byHeight.at(-1)!, column.at(-1)!]);
    return column.filter((point) => kept.has(point));
  });
}

/** A single point is a line without length, which round ends make a dot. */
export function pathOf(runs: readonly (readonly Point[])[]): string {
  const write = ({ x, y }: Point): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return runs.map((run) => `M${run.map(write).join('L')}${run.length === 1 ? 'h0' : ''}`).join('');
}
