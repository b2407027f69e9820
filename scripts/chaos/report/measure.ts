/** From the journal of a run to what is told about it. Pure: the same journal, the same measures. */
import type { Account, FaultWord, Outcome, Phase, Written } from '../journal.ts';
import { type FaultEntry, type FaultMeasures, isUnharmed, measureFaults } from './fault-measures.ts';
import { leastSpeed, meanSpeed, shareOf, watch } from './samples.ts';

export interface KindMeasures {
  readonly fault: string;
  /** How many came on. */
  readonly count: number;
  readonly noticed: number;
  /** Undefined when none was noticed. */
  readonly detectMs: MedianAndWorst | undefined;
  /** Of those that had something to be overcome, and were; undefined when there was none. */
  readonly recoverMs: MedianAndWorst | undefined;
  /** Those that never were. */
  readonly unrecovered: number;
}

export interface MedianAndWorst {
  readonly median: number;
  readonly worst: number;
}

export interface CheckMeasures {
  readonly name: string;
  /** Of the time of the faults, 0..1. */
  readonly held: number | undefined;
}

export interface Measures {
  readonly run: string;
  readonly seed: number;
  readonly args: readonly string[];
  readonly hypothesis: readonly string[];
  /** How many targets there were of each service or cluster. */
  readonly targets: readonly { readonly group: string; readonly count: number }[];
  /** ISO 8601. */
  readonly begunAt: string;
  /** Of the whole journal. */
  readonly ms: number;
  readonly outcome: Outcome;
  readonly why: string;
  /** Nobody wrote its end. */
  readonly isCutOff: boolean;
  /** The time of the faults: without what comes before and after. */
  readonly duringMs: number;
  /** The part of it in which nobody looked. */
  readonly unknownMs: number;
  /** The share of the rest in which the hypothesis held, 0..1; undefined when nobody looked at all. */
  readonly availability: number | undefined;
  readonly checks: readonly CheckMeasures[];
  /** Hashes a second: before the faults, meanwhile, and after. */
  readonly speed: Readonly<Record<'before' | 'mean' | 'least' | 'after', number | undefined>>;
  /** Faults: `unreached` were planned, and are not mentioned. */
  readonly counts: Readonly<Record<'planned' | 'on' | 'refused' | 'skipped' | 'stuck' | 'unreached', number>>;
  /** From the beginning of one to that of the next, on average; undefined for fewer than two. */
  readonly betweenMs: number | undefined;
  readonly kinds: readonly KindMeasures[];
  readonly faults: readonly FaultMeasures[];
  /** Refused, skipped or stuck, and why. */
  readonly troubles: readonly Pick<FaultEntry, 'ms' | 'number' | 'fault' | 'victims' | 'word' | 'why'>[];
  readonly ledger: Readonly<Record<'before' | 'after', Account | undefined>>;
}

/** @param entries as readJournal() gives them */
export function measure(entries: readonly Written[]): Measures {
  const begin = only(entries, 'begin')[0]!;
  const end = only(entries, 'end').at(-1);
  const { run, seed, args, hypothesis, inventory, plan, at: begunAt } = begin;
  const all = watch(entries);
  const samples = all.map(({ sample }) => sample);
  const inPhase = (phase: Phase) => all.filter(({ sample }) => sample.phase === phase);
  const during = inPhase('during');
  const faults = measureFaults(entries, samples);
  const words = only(entries, 'fault');
  const troubles = words.filter(({ word }) => word === 'refused' || word === 'skipped' || word === 'stuck');
  const told = new Set(words.map(({ number }) => number));
  const countOf = (wanted: FaultWord) =>
    new Set(troubles.filter(({ word }) => word === wanted).map(({ number }) => number)).size;
  return {
    ...{ run, seed, args, hypothesis, begunAt, faults },
    targets: [...Map.groupBy(inventory, ({ group }) => group)].map(([group, own]) => ({ group, count: own.length })),
    ms: entries.at(-1)!.ms,
    outcome: end?.outcome ?? 'interrupted',
    why: end?.why ?? 'its journal has no end',
    isCutOff: !end,
    duringMs: during.reduce((total, { forMs, unknownMs }) => total + forMs + unknownMs, 0),
    unknownMs: during.reduce((total, { unknownMs }) => total + unknownMs, 0),
    availability: shareOf(during, ({ ok }) => ok),
    checks: [...new Set(during.flatMap(({ sample }) => sample.checks.map(({ name }) => name)))].map((name) => ({
      name,
      held: shareOf(during, ({ checks }) => checks.every((check) => check.name !== name || check.ok)),
    })),
    speed: {
      before: meanSpeed(inPhase('before')),
      mean: meanSpeed(during),
      least: leastSpeed(during.map(({ sample }) => sample)),
      after: meanSpeed(inPhase('after')),
    },
    counts: {
      ...{ planned: plan.length, on: faults.length, refused: countOf('refused'), skipped: countOf('skipped') },
      // Also those that never came on: what was half done could not be taken back.
      stuck: countOf('stuck'),
      unreached: plan.filter(({ number }) => !told.has(number)).length,
    },
    betweenMs: faults.length < 2 ? undefined : (faults.at(-1)!.onMs - faults[0]!.onMs) / (faults.length - 1),
    kinds: [...Map.groupBy(faults, ({ fault }) => fault)].map(([fault, own]) => measureKind(fault, own))
      .sort((a, b) => (a.fault < b.fault ? -1 : 1)),
    troubles: troubles.map(({ ms, number, fault, victims, word, why }) => ({ ms, number, fault, victims, word, why })),
    ledger: { before: accountOf(entries, 'before'), after: accountOf(entries, 'after') },
  };
}

function measureKind(fault: string, own: readonly FaultMeasures[]): KindMeasures {
  const detected = own.flatMap(({ detectMs }) => detectMs ?? []);
  return {
    fault,
    count: own.length,
    noticed: detected.length,
    detectMs: medianAndWorst(detected),
    recoverMs: medianAndWorst(recoveriesOf(own)),
    unrecovered: own.filter(({ recoverMs, isUnseen }) => recoverMs === undefined && !isUnseen).length,
  };
}

/** ms, of those that had something to be overcome. */
export function recoveriesOf(faults: readonly FaultMeasures[]): number[] {
  return faults.flatMap((fault) => isUnharmed(fault) ? [] : fault.recoverMs ?? []);
}

function medianAndWorst(values: readonly number[]): MedianAndWorst | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return {
    median: (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2,
    worst: sorted.at(-1)!,
  };
}

function accountOf(entries: readonly Written[], phase: 'before' | 'after'): Account | undefined {
  const found = only(entries, 'ledger').findLast((entry) => entry.phase === phase);
  if (!found) return undefined;
  const { lost, duplicated, unexplained, indeterminate, problems } = found;
  return { lost, duplicated, unexplained, indeterminate, problems };
}

function only<K extends Written['kind']>(entries: readonly Written[], kind: K): Extract<Written, { kind: K }>[] {
  return entries.filter((entry): entry is Extract<Written, { kind: K }> => entry.kind === kind);
}
