/** What a worker warns of: at full speed and a low difficulty a store fills up within hours. */

import type { Log } from '../service/log.ts';

/** A coin in plain Redis, key, value and hash table together, measured with 32-byte origins. */
const BYTES_A_COIN = 168;

/** Less than this is not worth a word: a megabyte a minute. */
const WORTH_SAYING_PER_SECOND = 1_000_000 / 60;

export interface Growth {
  readonly coinsPerSecond: number;
  readonly megabytesPerHour: number;
}

/** How fast the store will grow, or undefined when that is slow. `hashesPerSecond`: of this worker. */
export function expectedGrowth(hashesPerSecond: number, difficulty: number): Growth | undefined {
  const coinsPerSecond = hashesPerSecond / 16 ** difficulty;
  const bytesPerSecond = coinsPerSecond * BYTES_A_COIN;
  if (bytesPerSecond < WORTH_SAYING_PER_SECOND) return undefined;
  return { coinsPerSecond: Math.round(coinsPerSecond), megabytesPerHour: Math.round((bytesPerSecond * 3600) / 1e6) };
}

/** Gives what is to be told the rate once a second, and warns once. */
export function createGrowthWarning(
  { difficulty, log }: { difficulty: number; log: Log },
): (rate: number | null) => void {
  let isDone = false;
  return (rate) => {
    if (isDone || rate === null) return;
    isDone = true;
    const growth = expectedGrowth(rate, difficulty);
    if (growth) log.warn('store_growth', { ...growth });
  };
}
