/** How long a hypothesis may not hold: a fault is felt, what counts is that all is well again soon. */
import type { Check } from '../journal.ts';

export interface Patience {
  /**
   * Told of each look, in their order.
   *
   * @param ms on a clock that never goes back
   * @returns undefined, or, once it has not held in one piece for longer than the grace, what has not
   */
  readonly judge: (ms: number, look: { readonly ok: boolean; readonly checks: readonly Check[] }) => string | undefined;
}

export function createPatience({ graceMs }: { readonly graceMs: number }): Patience {
  let sickSince: number | undefined;
  /** Parts that have not held in any look since then. */
  let sick: readonly string[] = [];
  return {
    judge: (ms, { ok, checks }) => {
      if (ok) {
        sickSince = undefined;
        return undefined;
      }
      const failing = checks.filter((check) => !check.ok);
      if (sickSince === undefined) {
        sickSince = ms;
        sick = failing.map(({ name }) => name);
      }
      sick = sick.filter((name) => failing.some((check) => check.name === name));
      if (ms - sickSince <= graceMs) return undefined;
      const lasted = `for ${Math.round((ms - sickSince) / 1000)} s`;
      if (sick.length > 0) return `${sick.join(' and ')} ${sick.length === 1 ? 'has' : 'have'} not held ${lasted}`;
      const now = failing.map(({ name }) => name).join(' and ');
      return `the hypothesis has not held ${lasted}, one part or another, now ${now}`;
    },
  };
}
