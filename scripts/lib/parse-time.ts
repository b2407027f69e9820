import { UsageError } from './command-line.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `30s`, `10m`, `2h` as ms. @throws UsageError naming the flag */
export function parseTime(name: string, text: string): number {
  const [, number, unit] = /^(\d+)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit ?? ''] ?? NaN);
  if (ms > 0) return ms;
  throw new UsageError(`${name} must be a time such as 30s, 10m or 2h; got ${JSON.stringify(text)}`);
}
