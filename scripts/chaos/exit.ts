import { EXIT } from '../lib/command-line.ts';
import type { Outcome } from './journal.ts';
import { NobodyError } from './targets/containers.ts';

/** What chaos.mjs ends with; 2 is wrong usage, as everywhere. */
export const CHAOS_EXIT: Readonly<Record<Outcome, number>> = {
  held: 0,
  deviated: 1,
  'revert failed': 3,
  'nothing matched': 4,
  interrupted: EXIT.interrupted,
};

/** Whoever is not there cannot be broken: that is no wrong usage, and no failure. */
export async function endingWithNobody(action: () => Promise<number>): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof NobodyError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return CHAOS_EXIT['nothing matched'];
  }
}
