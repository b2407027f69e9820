/** The faults above the chart: each a bar with its label, in as many lanes as are needed for nothing to overlap. */
import { type FaultMeasures, isUnharmed } from './fault-measures.ts';
import { type Frame, px, RIGHT } from './frame.ts';
import { type Markup, markup } from '../../lib/markup.ts';
import * as words from './words.ts';

/** The height of one. */
export const LANE = 26;

/** Where in its lane the bar is; above it is the label. */
const BAR_TOP = 15;
const BAR_HEIGHT = 5;

/** Of a letter of the labels, on average and generously: fonts differ. */
const LETTER = 7.2;
const MOST_LANES = 6;
const MOST_LETTERS = 30;
const GAP = 8;

export interface Bar {
  readonly fault: FaultMeasures;
  /** Counted from 0, from above. */
  readonly lane: number;
  readonly label: string;
  readonly labelX: number;
  readonly fromX: number;
  readonly toX: number;
  readonly noticedX: number | undefined;
  /** Where it was overcome, if that was needed. */
  readonly wellX: number | undefined;
}

type Room = Pick<Frame, 'x' | 'width' | 'untilMs'>;

/** From the richest. */
const LABELS: readonly ((fault: FaultMeasures) => string)[] = [
  ({ number, fault, victims }) =>
    `${number} ${fault} ${victims[0] ?? ''}${victims.length > 1 ? ` +${victims.length - 1}` : ''}`,
  ({ number, fault }) => `${number} ${fault}`,
  ({ number }) => String(number),
  () => '',
];

/** With the richest labels that fit in a few lanes. */
export function layOut(faults: readonly FaultMeasures[], room: Room): Bar[] {
  let bars: Bar[] = [];
  for (const label of LABELS) {
    bars = place(faults, (fault) => shortened(label(fault)), room);
    if (bars.every(({ lane }) => lane < MOST_LANES)) break;
  }
  return bars;
}

function place(
  faults: readonly FaultMeasures[],
  labelOf: (fault: FaultMeasures) => string,
  { x, width, untilMs }: Room,
): Bar[] {
  const ends: number[] = [];
  return faults.map((fault) => {
    const { onMs, offMs, detectMs } = fault;
    const wellMs = wellMsOf(fault);
    const label = labelOf(fault);
    const labelWidth = label.length * LETTER;
    const fromX = x(onMs);
    const labelX = Math.max(0, Math.min(fromX, width - RIGHT - labelWidth));
    const bar = {
      ...{ fault, label, labelX, fromX },
      toX: Math.max(fromX + 2, x(offMs ?? untilMs)),
      noticedX: detectMs === undefined ? undefined : x(onMs + detectMs),
      wellX: wellMs === undefined ? undefined : x(wellMs),
    };
    const free = ends.findIndex((end) => end + GAP <= labelX);
    const lane = free === -1 ? ends.length : free;
    ends[lane] = Math.max(labelX + labelWidth, bar.toX, bar.noticedX ?? 0, bar.wellX ?? 0);
    return { ...bar, lane };
  });
}

/** When it was overcome, if that was needed. */
function wellMsOf(fault: FaultMeasures): number | undefined {
  const { onMs, offMs, recoverMs, wasOvercome } = fault;
  if (recoverMs === undefined || isUnharmed(fault)) return undefined;
  return (wasOvercome ? onMs : offMs!) + recoverMs;
}

function shortened(label: string): string {
  const letters = [...label];
  return letters.length <= MOST_LETTERS ? label : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`;
}

export function renderBar({ fault, lane, label, labelX, fromX, toX, noticedX, wellX }: Bar, top: number): Markup {
  const [y, height] = [top + lane * LANE + BAR_TOP, BAR_HEIGHT];
  const middle = y + height / 2;
  const tail = wellX !== undefined && wellX > toX
    ? markup`<path class="tail" d="M${px(toX)} ${middle}H${px(wellX)}"/>`
    : '';
  // A triangle that stands on the bar; a ring.
  const noticed = noticedX === undefined
    ? ''
    : markup`<path class="noticed" d="M${px(noticedX)} ${y + height}l-4 6h8z"/>`;
  const well = wellX === undefined ? '' : markup`<circle class="well" cx="${px(wellX)}" cy="${middle}" r="3.2"/>`;
  return markup`<g class="fault ${fault.end}" data-fault="${fault.number}"><title>${about(fault)}</title>
<text class="label" x="${px(labelX)}" y="${y - 4}">${label}</text>
<rect class="bar" x="${px(fromX)}" y="${y}" width="${px(toX - fromX)}" height="${height}"/>${tail}${noticed}${well}</g>
`;
}

function about(fault: FaultMeasures): string {
  const { number, victims, onMs, offMs, end } = fault;
  return `${number} ${fault.fault} ${victims.join(', ')}: ${words.clock(onMs)} to ${words.clock(offMs)}, ` +
    `${words.ENDS[end]}; detected: ${words.detection(fault)}; recovered: ${words.recovery(fault)}`;
}
