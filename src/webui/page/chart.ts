/** The live line: hashes a second over the last five minutes, on the store's clock. */
import uPlot from 'uplot';

const WINDOW_SECONDS = 300;
const LEAST_SECONDS = 60;

export interface LiveLine {
  /** `at`: the store's clock, Unix time in seconds. */
  readonly add: (at: number, hashesPerSecond: number | null) => void;
}

export function createLiveLine(place: HTMLElement): LiveLine {
  const times: number[] = [];
  const speeds: (number | null)[] = [];
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: () => colour('--faint'), grid: { stroke: () => colour('--line') }, font: '14px system-ui' };
  const options: uPlot.Options = {
    ...sizeOf(place),
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: () => windowOf(times) },
      // From zero, and with air above: a line that fills its scale would make noise look like news.
      y: { range: (_, __, most) => [0, Math.max(1, most * 1.25)] },
    },
    axes: [{ ...axis, values: (_, times) => times.map(clockTime), space: 120 }, { ...axis, size: 60 }],
    series: [{}, { stroke: () => colour('--speed'), width: 3, points: { show: false }, spanGaps: false }],
  };
  const chart = new uPlot(options, [times, speeds], place);
  new ResizeObserver(() => chart.setSize(sizeOf(place))).observe(place);

  return {
    add: (at, hashesPerSecond) => {
      const last = times.at(-1);
      if (last !== undefined && at <= last) return;
      times.push(at);
      speeds.push(hashesPerSecond);
      const tooOld = times.findIndex((time) => time >= at - WINDOW_SECONDS);
      times.splice(0, tooOld);
      speeds.splice(0, tooOld);
      chart.setData([times, speeds]);
    },
  };
}

function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString('en-GB');
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } {
  return { width: clientWidth, height: clientHeight };
}

// What has been seen, but never less than a minute of it: the first seconds are not stretched over the whole width.
function windowOf(times: readonly number[]): [number, number] {
  const end = times.at(-1) ?? Date.now() / 1000;
  return [Math.min(times[0] ?? end, end - LEAST_SECONDS), end];
}
