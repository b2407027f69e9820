/**
 * The run as a picture: above, what was done to whom; then the speed, with the faults as bands behind it; below, whether the
 * hypothesis held. Everything has a shape of its own besides its colour. It is SVG for a page that has STYLE: colours come
 * from there.
 */
import type { Phase, Written } from '../journal.ts';
import { type Bar, LANE, layOut, renderBar } from './bars.ts';
import { type Frame, LEFT, px, RIGHT } from './frame.ts';
import type { Measures } from './measure.ts';
import { type Markup, markup } from '../../lib/markup.ts';
import { listInWords } from '../../lib/words.ts';
import { type Stretch, stretchesOf, watch, type Watched } from './samples.ts';
import { roundTicks, timeTicks } from './scale.ts';
import { pathOf, speedRuns } from './speed-line.ts';
import * as words from './words.ts';

export interface ChartOptions {
  /** Pixels; letters are 12 of them high. */
  readonly width: number;
  readonly plotHeight: number;
  /** Begins the ids in it: a page may hold several. */
  readonly name: string;
}

/** Above the lanes; between them and the plot, for the unit; from the plot to the strip, for the times. */
const TOP = 2;
const UNIT = 32;
const STRIP_BELOW = 29;
const STRIP = 14;

export function renderChart(entries: readonly Written[], measures: Measures, options: ChartOptions): Markup {
  const { width, plotHeight, name } = options;
  const watched = watch(entries);
  const untilMs = Math.max(measures.ms, 1000);
  const x = (ms: number): number => LEFT + (width - LEFT - RIGHT) * ms / untilMs;
  const bars = layOut(measures.faults, { x, width, untilMs });
  const limit = limitOf(measures.hypothesis);
  const ticks = roundTicks(watched.reduce((most, { sample }) => Math.max(most, sample.speed ?? 0), limit ?? 0) || 1);
  const top = TOP + LANE * bars.reduce((lanes, { lane }) => Math.max(lanes, lane + 1), 0) + UNIT;
  const bottom = top + plotHeight;
  const y = (speed: number): number => bottom - plotHeight * speed / ticks.at(-1)!;
  const frame: Frame = { width, top, bottom, untilMs, x, y };
  const height = bottom + STRIP_BELOW + STRIP + 2;
  const stretches = stretchesOf(watched);
  return markup`<svg class="chart ${name}" role="img" viewBox="0 0 ${width} ${height}" aria-labelledby="${name}-title ${name}-about">
<title id="${name}-title">Speed, faults and the hypothesis over time</title>
<desc id="${name}-about">${describe(measures, stretches, ticks.at(-1)!)}</desc>
<defs>
${hatch(`${name}-hatch`)}
</defs>
${bars.map((bar) => renderBand(bar, frame))}
${renderAxes(ticks, timeTicks(untilMs, Math.floor((width - LEFT - RIGHT) / 62)), frame)}
${renderPhases(watched, frame)}
${limit === undefined ? '' : renderLimit(limit, frame)}
<path class="speed" d="${pathOf(speedRuns(watched, (ms, speed) => ({ x: x(ms), y: y(speed) })))}"/>
${renderStrip(stretches, frame, name)}
${bars.map((bar) => renderBar(bar, TOP))}
</svg>`;
}

/** What fills blocks that nobody should take for another by their colour alone. */
export function hatch(id: string): Markup {
  return markup`<pattern id="${id}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="2" height="5"/></pattern>`;
}

/** For who does not see it. */
function describe({ ms, faults, availability }: Measures, stretches: readonly Stretch[], most: number): string {
  const bad = stretches.filter(({ isOk }) => !isOk);
  const told = bad.slice(0, 10).map(({ fromMs, toMs }) => `from ${words.clock(fromMs)} to ${words.clock(toMs)}`);
  const rest = bad.length > told.length ? [`${bad.length - told.length} more times`] : [];
  return [
    `From 0 to ${most} hashes a second, over ${words.duration(ms)}.`,
    `${faults.length} faults came on; the hypothesis held for ${words.percent(availability)} of their time.`,
    bad.length === 0 ? 'It was never seen not to hold.' : `It did not hold ${listInWords([...told, ...rest])}.`,
  ].join(' ');
}

/** Where the hypothesis draws a line, as in `speed>=3`. */
function limitOf(hypothesis: readonly string[]): number | undefined {
  const limits = hypothesis.flatMap((check) => /^speed *>=? *(\d+(?:\.\d+)?)$/.exec(check)?.[1] ?? []);
  return limits.length === 0 ? undefined : Number(limits[0]);
}

function renderBand({ fromX, toX, fault, lane }: Bar, { bottom }: Frame): Markup {
  const top = TOP + LANE * lane + LANE - 6;
  return markup`<rect class="band ${fault.end}" x="${px(fromX)}" y="${top}" width="${px(toX - fromX)}" height="${
    px(bottom - top)
  }"/><path class="onset" d="M${px(fromX)} ${top}V${bottom}"/>
`;
}

function renderAxes(ticks: readonly number[], times: readonly number[], { width, top, bottom, x, y }: Frame): Markup {
  return markup`<g class="axis">
<text class="unit" x="0" y="${top - 13}">hashes/s</text>
${
    ticks.map((tick) =>
      markup`<path class="grid" d="M${LEFT} ${px(y(tick))}H${width - RIGHT}"/>
<text class="tick" x="${LEFT - 6}" y="${px(y(tick) + 4)}" text-anchor="end">${tick}</text>
`
    )
  }
${
    times.map((ms) =>
      markup`<path class="mark" d="M${px(x(ms))} ${bottom}v4"/>
${renderTime(ms, { width, bottom, x })}
`
    )
  }
</g>`;
}

/** At both ends it stays within the picture; the first has the unit. */
function renderTime(ms: number, { width, bottom, x }: Pick<Frame, 'width' | 'bottom' | 'x'>): Markup {
  const isFirst = ms === 0;
  const isLast = x(ms) > width - 22;
  const place = isFirst ? LEFT - 12 : isLast ? width : x(ms);
  const anchor = isFirst ? 'start' : isLast ? 'end' : 'middle';
  return markup`<text class="tick" x="${px(place)}" y="${bottom + 19}" text-anchor="${anchor}">${words.clock(ms)}${
    isFirst ? ' min' : ''
  }</text>`;
}

/** Where the faults may begin, and where they are over. */
function renderPhases(watched: readonly Watched[], { top, bottom, x }: Frame): Markup[] {
  const first = (phase: Phase): number | undefined => watched.find(({ sample }) => sample.phase === phase)?.sample.ms;
  return (['during', 'after'] as const).flatMap((phase) => {
    const ms = first(phase);
    if (ms === undefined || ms === 0) return [];
    return [markup`<path class="phase" d="M${px(x(ms))} ${top}V${bottom}"><title>${phase}</title></path>`];
  });
}

function renderLimit(limit: number, { width, y }: Frame): Markup {
  return markup`<path class="limit" d="M${LEFT} ${px(y(limit))}H${width - RIGHT}"/>
<text class="limit-name" x="${width - RIGHT}" y="${px(y(limit) - 5)}" text-anchor="end">limit ${limit}</text>`;
}

/** Held: a thin line; not: a hatched block that is never too narrow to be seen; nobody looked: nothing. */
function renderStrip(stretches: readonly Stretch[], { bottom, x }: Frame, name: string): Markup {
  const y = bottom + STRIP_BELOW;
  return markup`<g class="strip">
${
    stretches.filter(({ isOk }) => isOk).map(({ fromMs, toMs }) =>
      markup`<path class="held" d="M${px(x(fromMs))} ${y + STRIP / 2}H${px(x(toMs))}"/>`
    )
  }
${
    stretches.filter(({ isOk }) => !isOk).map(({ fromMs, toMs }) =>
      markup`<rect class="failed" fill="url(#${name}-hatch)" x="${px(x(fromMs))}" y="${y}" width="${
        px(Math.max(2, x(toMs) - x(fromMs)))
      }" height="${STRIP}"><title>did not hold from ${words.clock(fromMs)} to ${words.clock(toMs)}</title></rect>`
    )
  }
</g>`;
}
