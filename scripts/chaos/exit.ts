import { EXIT } from '../lib/command-line.ts';
import type { Outcome } from './journal.ts';

/** What chaos.mjs ends with; 2 is wrong usage, as everywhere. */
export const CHAOS_EXIT: Readonly<Record<Outcome, number>> = {
  held: 0,
  deviated: 1,
  'revert failed': 3,
  'nothing matched': 4,
  interrupted: EXIT.interrupted,
};
