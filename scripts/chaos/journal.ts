/**
 * What a run of the monkey has done and seen: NDJSON, a line each, in their order. Lines are only ever added, so a tool
 * that is killed leaves a true journal. It holds no secret.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../lib/command-line.ts';
import { WORKSHOP_FOLDER } from '../lib/room/journal.ts';
import type { PlannedFault } from './plan/plan.ts';
import type { InventoryEntry } from './targets/target.ts';

/** Where journals, reports and seals are, beside what the scripts know of a room. */
export const CHAOS_FOLDER = join(WORKSHOP_FOLDER, 'chaos');

export type Phase = 'before' | 'during' | 'after';

/** One part of the hypothesis, and what was found. */
export interface Check {
  /** As it was written: `speed>=3`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was found, in words: `3.33`, `no answer`. */
  readonly found: string;
}

/** What a ledger says: see ledger.ts. */
export interface Account {
  readonly lost: number;
  readonly duplicated: number;
  readonly unexplained: number;
  readonly indeterminate: number;
  /** In words. */
  readonly problems: readonly string[];
}

/** `off`: taken back by its guard; `gone`: with its victim; `skipped`: not begun, and why. */
export type FaultWord = 'on' | 'off' | 'gone' | 'refused' | 'skipped' | 'stuck';

export type Outcome = 'held' | 'deviated' | 'revert failed' | 'nothing matched' | 'interrupted';

export type Entry =
  | {
    readonly kind: 'begin';
    readonly run: string;
    readonly seed: number;
    /** What was typed. */
    readonly args: readonly string[];
    readonly hypothesis: readonly string[];
    readonly inventory: readonly InventoryEntry[];
    readonly plan: readonly PlannedFault[];
  }
  /** About once a second, faults or not. `speed` in hashes a second, null while nobody knows. */
  | {
    readonly kind: 'sample';
    readonly phase: Phase;
    readonly ok: boolean;
    readonly speed: number | null;
    readonly checks: readonly Check[];
  }
  | {
    readonly kind: 'fault';
    readonly number: number;
    readonly fault: string;
    readonly victims: readonly string[];
    readonly word: FaultWord;
    readonly why: string;
  }
  | ({ readonly kind: 'ledger'; readonly phase: 'before' | 'after' } & Account)
  | { readonly kind: 'end'; readonly outcome: Outcome; readonly why: string };

/** `at`: ISO 8601 by the clock of this machine; `ms` since the beginning, by one that is never set. */
export type Written = Entry & { readonly at: string; readonly ms: number };

export interface Journal {
  readonly file: string;
  readonly write: (entry: Entry) => void;
}

export function openJournal(file: string): Journal {
  const from = performance.now();
  return {
    file,
    write: (entry) => {
      const written = { at: new Date().toISOString(), ms: Math.round(performance.now() - from), ...entry };
      appendFileSync(file, `${JSON.stringify(written)}\n`);
    },
  };
}

/**
 * A last line that was cut off in the middle is left out.
 *
 * @throws UsageError naming file and line for what is no journal
 */
export function readJournal(file: string): Written[] {
  const lines = readText(file).split('\n');
  const entries = lines.flatMap((line, at): Written[] => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as Written];
    } catch (error) {
      if (at === lines.length - 1) return [];
      throw new UsageError(`Cannot read ${file}, line ${at + 1}: a line holds one JSON object`, { cause: error });
    }
  });
  if (entries[0]?.kind !== 'begin') {
    throw new UsageError(`${file} is no journal of chaos.mjs: it does not begin with one`);
  }
  return entries;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
