/** What a report says, whatever it is written in: texts and tables, not yet escaped. */
import { shWord } from '../../lib/sh-word.ts';
import { countInWords, listInWords } from '../../lib/words.ts';
import { isUnharmed } from './fault-measures.ts';
import { type Measures, recoveriesOf } from './measure.ts';
import { checksTable, faultsTable, kindsTable, ledgerTable, type Table, troublesTable } from './tables.ts';
import * as words from './words.ts';

export type Text = string | { readonly code: string };

export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly detail: string;
}

export interface Contents {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly tried: readonly Text[];
  readonly found: readonly Text[];
  readonly tables: readonly Table[];
  /** The command that does the same again. */
  readonly replay: string;
}

/** @param journal where it is, for who wants to do it again */
export function contentsOf(measures: Measures, journal: string): Contents {
  return {
    title: `Chaos run ${measures.run}: ${words.OUTCOMES[measures.outcome]}`,
    figures: figuresOf(measures),
    tried: tried(measures),
    found: found(measures),
    tables: [
      kindsTable(measures),
      faultsTable(measures),
      checksTable(measures),
      ledgerTable(measures),
      troublesTable(measures),
    ],
    replay: `./scripts/chaos.mjs run --replay ${shWord(journal)}`,
  };
}

function figuresOf({ availability, duringMs, unknownMs, counts, faults, speed, ledger }: Measures): Figure[] {
  const detections = faults.flatMap(({ detectMs }) => detectMs ?? []);
  const recoveries = recoveriesOf(faults);
  const harmful = faults.filter((fault) => !isUnharmed(fault) && !fault.isUnseen).length;
  return [
    { name: 'Availability', value: words.percent(availability), detail: `of ${words.duration(duringMs - unknownMs)}` },
    { name: 'Faults', value: String(counts.on), detail: `of ${counts.planned} planned` },
    { name: 'Latest detection', value: words.duration(most(detections)), detail: `${detections.length} noticed` },
    {
      name: 'Longest recovery',
      value: words.duration(most(recoveries)),
      detail: `${recoveries.length} of ${harmful} recovered`,
    },
    { name: 'Hashes a second', value: words.speed(speed.mean), detail: `${words.speed(speed.before)} before` },
    { name: 'Lost', value: String(ledger.after?.lost ?? words.NOTHING), detail: 'in the ledger' },
  ];
}

function most(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function tried({ run, seed, args, hypothesis, targets, begunAt, ms }: Measures): Text[] {
  const all = targets.reduce((sum, { count }) => sum + count, 0);
  const groups = listInWords(targets.map(({ group, count }) => `${group} (${count})`));
  return [
    `Run ${run} began at ${begunAt} and took ${words.duration(ms)}, with seed ${seed} and `,
    `${countInWords(all, 'target')}${all === 0 ? '' : `: ${groups}`}. The hypothesis: `,
    ...(hypothesis.length === 0 ? ['none'] : inCode(hypothesis)),
    '. What was typed: ',
    { code: args.map(shWord).join(' ') },
    '.',
  ];
}

function inCode(parts: readonly string[]): Text[] {
  return parts.flatMap((code, at) => at === 0 ? [{ code }] : [', ', { code }]);
}

function found(measures: Measures): Text[] {
  const { outcome, why, counts, betweenMs, availability, duringMs, unknownMs, speed } = measures;
  const not = (['refused', 'skipped', 'stuck'] as const).filter((word) => counts[word] > 0)
    .map((word) => `${counts[word]} ${word}`);
  const unreached = counts.unreached === 0 ? [] : [`${counts.unreached} never begun`];
  const others = [...not, ...unreached];
  const sentences = [
    `${words.capitalized(words.OUTCOMES[outcome])}${why === '' ? '' : `: ${why}`}`,
    `Of ${countInWords(counts.planned, 'fault')} planned ${counts.on} came on${
      others.length === 0 ? '' : `; ${listInWords(others)}`
    }${betweenMs === undefined ? '' : `; from one to the next ${words.duration(betweenMs)} on average`}`,
    ...(availability === undefined ? ['Nobody looked while there were faults'] : [
      `The hypothesis held for ${words.percent(availability)} of ${words.duration(duringMs - unknownMs)}`,
    ]),
    ...(unknownMs === 0 ? [] : [`For ${words.duration(unknownMs)} nobody looked: that time does not count`]),
    ...(speed.mean === undefined ? [] : [
      `Hashes a second: ${words.speed(speed.before)} before, ${words.speed(speed.mean)} on average with faults, ` +
      `${words.speed(speed.least)} at the least, ${words.speed(speed.after)} after`,
    ]),
  ];
  return sentences.map((sentence, at) => `${at === 0 ? '' : ' '}${sentence}.`);
}
