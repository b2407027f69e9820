/** What one look at the page cannot say, but several can: what has grown, and what share of requests fails. */
import type { PageNumbers } from './page-numbers.ts';

export interface Course {
  readonly add: (page: PageNumbers, ms: number) => void;
  /** What grew last, and when; undefined when nothing has been seen to grow yet. */
  readonly growth: () => Growth | undefined;
  /** Requests that failed and that were answered in the last 10 s. */
  readonly requests: (ms: number) => { readonly failed: number; readonly answered: number };
}

export interface Growth {
  readonly ms: number;
  readonly coins: number;
  readonly hashes: number;
}

/** As long as the speed is averaged over. */
const WINDOW_MS = 10_000;

export function createCourse(): Course {
  let before: PageNumbers | undefined;
  let growth: Growth | undefined;
  let failures: { readonly ms: number; readonly count: number }[] = [];
  let answeredPerSecond = 0;
  return {
    add: (page, ms) => {
      answeredPerSecond = page.requests.answeredPerSecond;
      if (before) {
        const coins = foundIn(page) - foundIn(before);
        const hashes = (page.hashes ?? 0) - (before.hashes ?? 0);
        const isKnown = before.hashes !== null && page.hashes !== null;
        if (isKnown && (coins > 0 || hashes > 0)) growth = { ms, coins, hashes };
        failures.push({ ms, count: failedSince(before, page) });
      }
      failures = failures.filter((one) => ms - one.ms < WINDOW_MS);
      before = page;
    },
    growth: () => growth,
    requests: (ms) => ({
      failed: failures.filter((one) => ms - one.ms < WINDOW_MS).reduce((sum, { count }) => sum + count, 0),
      answered: answeredPerSecond * WINDOW_MS / 1000,
    }),
  };
}

/** Each coin that was found, again or not. */
function foundIn({ coins, duplicates }: PageNumbers): number {
  return (coins ?? 0) + (duplicates ?? 0);
}

/** A worker that reports now and did not before brings all its failures with it, which says nothing about now. */
function failedSince(before: PageNumbers, page: PageNumbers): number {
  const known = new Set(before.workers.map(({ id }) => id));
  if (page.workers.some(({ id }) => !known.has(id))) return 0;
  return Math.max(0, page.requests.failed - before.requests.failed);
}
