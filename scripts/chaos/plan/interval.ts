/** Times that are drawn: `20s±50%` evenly around a mean, or, as failures of real machines come, with a mean alone. */
import { UsageError } from '../../lib/command-line.ts';
import { parseTime } from '../../lib/parse-time.ts';

export interface Interval {
  readonly meanMs: number;
  /** Of the mean, 0..1, up and down; `exponential`: as the times between failures that know nothing of each other. */
  readonly jitter: number | 'exponential';
}

/** `20s`, `20s±50%` or `20s+-50%`. @throws UsageError naming the flag */
export function parseInterval(name: string, text: string): Interval {
  const [, time, percent = '0'] = /^([^±+]+)(?:(?:±|\+-)(\d{1,3})%)?$/.exec(text) ?? [];
  if (time === undefined || Number(percent) > 100) {
    throw new UsageError(
      `${name} must be a time such as 20s, or with what it varies by: 20s±50%; got ${JSON.stringify(text)}`,
    );
  }
  return { meanMs: parseTime(name, time), jitter: Number(percent) / 100 };
}

/** ms. @param random in [0, 1) */
export function draw({ meanMs, jitter }: Interval, random: number): number {
  return jitter === 'exponential' ? -Math.log(1 - random) * meanMs : meanMs * (1 + jitter * (2 * random - 1));
}
