/**
 * How long until a fault was noticed, and until it was overcome. Samples say that something is wrong, not through whom:
 * it is put down to the fault that came on last.
 */
import type { FaultWord, Written } from '../journal.ts';
import { leastSpeed, type Sample } from './samples.ts';

export type FaultEntry = Extract<Written, { kind: 'fault' }>;

/** `on`: it was, when the journal ends. */
export type FaultEnd = Extract<FaultWord, 'on' | 'off' | 'gone' | 'stuck'>;

export interface FaultMeasures {
  readonly number: number;
  readonly fault: string;
  readonly victims: readonly string[];
  readonly end: FaultEnd;
  readonly onMs: number;
  /** Undefined: never, by what the journal knows. */
  readonly offMs: number | undefined;
  /** From `onMs` to the first sample that is not ok, unless another fault came first; undefined when it was not noticed. */
  readonly detectMs: number | undefined;
  /**
   * From `offMs` (from `onMs` where it was overcome while it was on) to the sample from which on the hypothesis held until
   * the next fault. 0 when it always did; undefined when that never came.
   */
  readonly recoverMs: number | undefined;
  /** `recoverMs` counts from `onMs`: it was overcome while it was on. */
  readonly wasOvercome: boolean;
  /** While it was on, hashes a second. */
  readonly leastSpeed: number | undefined;
  /** Something was wrong already: it can be noticed only after that was over. */
  readonly beganUnwell: boolean;
  /** Nobody looked between it and the next: there are no times of it. */
  readonly isUnseen: boolean;
  /** Numbers of the faults that were on at the same time. */
  readonly beside: readonly number[];
}

/** Nothing was ever wrong through it, by what was seen: it has nothing to be overcome. */
export function isUnharmed({ detectMs, recoverMs }: FaultMeasures): boolean {
  return detectMs === undefined && recoverMs === 0;
}

type Span = Pick<FaultMeasures, 'number' | 'fault' | 'victims' | 'end' | 'onMs' | 'offMs'>;

/** Of the faults that came on, in the order in which they did. */
export function measureFaults(entries: readonly Written[], samples: readonly Sample[]): FaultMeasures[] {
  const byNumber = Map.groupBy(
    entries.filter((entry): entry is FaultEntry => entry.kind === 'fault'),
    ({ number }) => number,
  );
  const spans = [...byNumber.values()].flatMap(spanOf).sort((a, b) => a.onMs - b.onMs || a.number - b.number);
  return spans.map((span) => measureFault(span, spans.filter((other) => other !== span), samples));
}

/** From bad to good: a fault of several victims ends as the worst of them. */
const ENDS = ['on', 'stuck', 'gone', 'off'] as const;

function spanOf(entries: readonly FaultEntry[]): Span[] {
  const first = entries.find(({ word }) => word === 'on');
  if (!first) return [];
  const words = new Map(entries.flatMap(({ victims, word }) => victims.map((victim) => [victim, word])));
  const end = ENDS.find((word) => [...words.values()].includes(word)) ?? 'on';
  const victims = [...new Set(entries.filter(({ word }) => word === 'on').flatMap((entry) => entry.victims))];
  const isOver = end === 'off' || end === 'gone';
  const { number, fault, ms: onMs } = first;
  return [{ number, fault, victims, end, onMs, offMs: isOver ? entries.at(-1)!.ms : undefined }];
}

function measureFault(span: Span, others: readonly Span[], samples: readonly Sample[]): FaultMeasures {
  const { onMs, offMs = Infinity } = span;
  const own = between(samples, onMs, nextAfter(onMs, others));
  const beganUnwell = samples[indexFrom(samples, onMs) - 1]?.ok === false;
  const firstWell = beganUnwell ? own.findIndex(({ ok }) => ok) : 0;
  const noticed = firstWell === -1 ? undefined : own.slice(firstWell).find(({ ok }) => !ok);
  return {
    ...span,
    detectMs: noticed && noticed.ms - onMs,
    ...recoveryOf(span, own, between(samples, offMs, nextAfter(offMs, others))),
    leastSpeed: leastSpeed(between(samples, onMs, offMs)),
    beganUnwell,
    isUnseen: own.length === 0,
    beside: others.filter((other) => other.onMs < offMs && onMs < (other.offMs ?? Infinity)).map((one) => one.number),
  };
}

/** @param own until the next fault  @param after from its end until the next fault after that */
function recoveryOf(
  { onMs, offMs = Infinity }: Span,
  own: readonly Sample[],
  after: readonly Sample[],
): Pick<FaultMeasures, 'recoverMs' | 'wasOvercome'> {
  if (own.length > 0 && own.every(({ ok }) => ok)) return { recoverMs: 0, wasOvercome: false };
  const well = wellFrom(own) ?? wellFrom(after);
  if (!well) return { recoverMs: undefined, wasOvercome: false };
  const wasOvercome = well.ms < offMs;
  return { recoverMs: well.ms - (wasOvercome ? onMs : offMs), wasOvercome };
}

/** The first of those at the end that are all well. */
function wellFrom(samples: readonly Sample[]): Sample | undefined {
  return samples[samples.findLastIndex(({ ok }) => !ok) + 1];
}

function nextAfter(ms: number, spans: readonly Span[]): number {
  return Math.min(...spans.map(({ onMs }) => onMs).filter((onMs) => onMs > ms));
}

function between(samples: readonly Sample[], fromMs: number, untilMs: number): readonly Sample[] {
  return samples.slice(indexFrom(samples, fromMs), indexFrom(samples, untilMs));
}

/** Of the first sample that is not before that, by halves: a day has 86,400 of them, and thousands of faults. */
function indexFrom(samples: readonly Sample[], ms: number): number {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (samples[middle]!.ms < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
