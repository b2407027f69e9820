/** Times, shares and outcomes as they are read. */
import type { FaultWord, Outcome } from '../journal.ts';
import { type FaultMeasures, isUnharmed } from './fault-measures.ts';

/** What is not known, or has not come about, in a table. */
export const NOTHING = '–';

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  'held': 'the hypothesis held',
  'deviated': 'the hypothesis did not hold',
  'revert failed': 'a fault could not be taken back',
  'nothing matched': 'there was nothing to try',
  'interrupted': 'interrupted',
};

export const ENDS: Readonly<Record<FaultMeasures['end'], string>> = {
  off: 'taken back',
  gone: 'gone with its victim',
  stuck: 'could not be taken back',
  on: 'not known',
};

export const TROUBLES: Readonly<Partial<Record<FaultWord, string>>> = {
  refused: 'refused by its site',
  skipped: 'skipped',
  stuck: 'could not be taken back',
};

/** `0.4 s`, `75 s`, `12 min 5 s`, `3 h 20 min`. */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return NOTHING;
  const seconds = Math.round(ms / 1000);
  if (ms < 99_950) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1:02`, `1:01:02`: a place in the run. */
export function clock(ms: number | undefined): string {
  if (ms === undefined) return NOTHING;
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}

/** Rounded down: 100% is nothing but that. */
export function percent(share: number | undefined): string {
  return share === undefined ? NOTHING : `${(Math.floor(share * 1000 + 1e-9) / 10).toFixed(1)}%`;
}

/** Hashes a second. */
export function speed(value: number | undefined): string {
  return value === undefined ? NOTHING : value.toFixed(value < 100 ? 2 : 0);
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function detection({ detectMs, beganUnwell, isUnseen }: FaultMeasures): string {
  if (detectMs !== undefined) return duration(detectMs);
  if (isUnseen) return 'nobody looked';
  return beganUnwell ? 'unwell before' : 'not noticed';
}

export function recovery(fault: FaultMeasures): string {
  const { recoverMs, wasOvercome, isUnseen } = fault;
  if (isUnharmed(fault)) return 'not needed';
  if (recoverMs !== undefined) return `${duration(recoverMs)}${wasOvercome ? ', while on' : ''}`;
  return isUnseen ? 'nobody looked' : 'never';
}
