/** Draws a line over time, with marks and a ceiling. */
import uPlot from 'uplot';
import { clockTime, short } from './format.ts';

export interface Drawing {
  /** The store's clock, Unix time in seconds, in its order. */
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  /** Speeds begin at zero: a line that fills its scale would make noise look like news. */
  readonly fromZero: boolean;
  readonly ceiling: number | null;
  /** Times that get a numbered mark. */
  readonly marks: readonly number[];
}

/** The first seconds are not stretched over the whole width. */
const LEAST_SECONDS = 60;

const EMPTY: Drawing = { at: [], values: [], fromZero: true, ceiling: null, marks: [] };

export function createChart(place: HTMLElement): { readonly draw: (drawing: Drawing) => void } {
  let drawing = EMPTY;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const rem = parseFloat(style.fontSize);
  const font = `${Math.round(0.95 * rem)}px system-ui`;
  const axis = { stroke: () => colour('--faint'), grid: { stroke: () => colour('--line'), width: 1 }, font };
  const chart = new uPlot(
    {
      ...sizeOf(place),
      legend: { show: false },
      cursor: { show: false },
      // Room for half of the last time.
      padding: [0.5 * rem, 2.5 * rem, 0, 0],
      scales: { x: { range: () => spanOf(drawing) }, y: { range: (_, least, most) => heightOf(drawing, least, most) } },
      axes: [
        {
          ...axis,
          values: (_, times) => times.map((at) => clockTime(at, lengthOf(spanOf(drawing)))),
          space: 8 * rem,
          size: 2.2 * rem,
        },
        { ...axis, values: (_, values) => values.map(short), size: 4.5 * rem, space: 1.8 * rem },
      ],
      series: [
        {},
        { stroke: () => colour('--speed'), width: 3, points: { show: false }, spanGaps: false },
        { stroke: () => colour('--zero'), width: 2, dash: [10, 6], points: { show: false } },
      ],
      hooks: { draw: [(chart) => drawMarks(chart, drawing.marks, { colour: colour('--ink'), font })] },
    },
    [[], [], []],
    place,
  );
  new ResizeObserver(() => chart.setSize(sizeOf(place))).observe(place);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.redraw());

  return {
    draw: (next) => {
      drawing = next;
      const { at, values, ceiling } = next;
      chart.setData([at as number[], values as (number | null)[], at.map(() => ceiling)]);
    },
  };
}

function drawMarks(chart: uPlot, marks: readonly number[], { colour, font }: { colour: string; font: string }): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.font = font.replace(/^\d+/, (size) => String(Number(size) * devicePixelRatio));
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  for (const [n, at] of marks.entries()) {
    const x = chart.valToPos(at, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(String(n + 1), x + 4 * devicePixelRatio, bbox.top);
  }
  ctx.restore();
}

function sizeOf({ clientWidth, clientHeight }: HTMLElement): { width: number; height: number } {
  return { width: clientWidth, height: clientHeight };
}

function spanOf({ at }: Drawing): [number, number] {
  const end = at.at(-1) ?? Date.now() / 1000;
  return [Math.min(at[0] ?? end, end - LEAST_SECONDS), end];
}

function lengthOf([from, to]: readonly [number, number]): number {
  return to - from;
}

function heightOf({ fromZero, ceiling }: Drawing, least: number | null, most: number | null): [number, number] {
  if (least === null || most === null) return [0, 1];
  if (fromZero || ceiling !== null) return [0, Math.max(1, most * 1.15)];
  const air = Math.max(1, (most - least) * 0.15);
  return [Math.max(0, least - air), most + air];
}
