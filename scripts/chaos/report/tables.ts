/** The tables of a report, whatever it is written in: texts, not yet escaped. */
import type { Account } from '../journal.ts';
import type { FaultMeasures } from './fault-measures.ts';
import type { KindMeasures, Measures } from './measure.ts';
import * as words from './words.ts';

export interface Column {
  readonly title: string;
  /** `name`: what the row is about. Default: a text. */
  readonly kind?: 'number' | 'name';
}

export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** In its place when there are no rows. */
  readonly empty: string;
  /** What has to be known to read it. */
  readonly note?: string;
  /** Below it, one by one. */
  readonly remarks?: readonly string[];
}

function numeric(title: string): Column {
  return { title, kind: 'number' };
}

function naming(title: string): Column {
  return { title, kind: 'name' };
}

export function kindsTable({ kinds }: Measures): Table {
  return {
    title: 'By kind of fault',
    columns: [
      naming('fault'),
      numeric('times'),
      numeric('noticed'),
      ...['detected', 'recovered'].flatMap((what) => ['median', 'worst'].map((which) => numeric(`${what}, ${which}`))),
      numeric('never recovered'),
    ],
    rows: kinds.map(kindRow),
    empty: 'No fault came on.',
  };
}

function kindRow({ fault, count, noticed, detectMs, recoverMs, unrecovered }: KindMeasures): string[] {
  const times = [detectMs?.median, detectMs?.worst, recoverMs?.median, recoverMs?.worst].map(words.duration);
  return [fault, String(count), String(noticed), ...times, String(unrecovered)];
}

export function faultsTable({ faults }: Measures): Table {
  return {
    title: 'Every fault',
    columns: [
      numeric('no.'),
      naming('fault'),
      { title: 'victims' },
      numeric('on'),
      numeric('off'),
      { title: 'end' },
      numeric('detected'),
      numeric('recovered'),
      numeric('least speed'),
      { title: 'beside' },
    ],
    rows: faults.map(faultRow),
    empty: 'No fault came on.',
    note: 'Detected: from on until the hypothesis did not hold. Recovered: from off, or from on where that was ' +
      'while it was on, until the hypothesis held again and went on to; never: not before the next fault. What is wrong is ' +
      'put down to the fault that came on last; beside it were these on.',
  };
}

function faultRow(one: FaultMeasures): string[] {
  return [
    ...[String(one.number), one.fault, one.victims.join(', '), words.clock(one.onMs), words.clock(one.offMs)],
    ...[words.ENDS[one.end], words.detection(one), words.recovery(one), words.speed(one.leastSpeed)],
    one.beside.join(', '),
  ];
}

export function checksTable({ checks }: Measures): Table {
  return {
    title: 'The hypothesis',
    columns: [naming('check'), numeric('held')],
    rows: checks.map(({ name, held }) => [name, words.percent(held)]),
    empty: 'Nothing was checked.',
  };
}

export function ledgerTable({ ledger }: Measures): Table {
  const numbers = ['lost', 'duplicated', 'unexplained', 'indeterminate'] as const;
  const row = (phase: string, account: Account | undefined): string[][] =>
    account ? [[phase, ...numbers.map((name) => String(account[name]))]] : [];
  return {
    title: 'The ledger',
    columns: [naming('phase'), ...numbers.map(numeric)],
    rows: [...row('before', ledger.before), ...row('after', ledger.after)],
    empty: 'The ledger was not read.',
    remarks: ledger.after?.problems ?? [],
  };
}

export function troublesTable({ troubles }: Measures): Table {
  return {
    title: 'Refused, skipped or stuck',
    columns: [
      numeric('no.'),
      numeric('at'),
      naming('fault'),
      { title: 'victims' },
      { title: 'what' },
      { title: 'why' },
    ],
    rows: troubles.map(({ ms, number, fault, victims, word, why }) => [
      ...[String(number), words.clock(ms), fault, victims.join(', '), words.TROUBLES[word] ?? word, why],
    ]),
    empty: 'Nothing was refused or skipped, and nothing stuck.',
  };
}
