/** Axes: round steps, and what fits. */

/** For `most` above 0: from 0 in steps of 1, 2 or 5 times a power of ten; the last is not below `most`. At most six above 0. */
export function roundTicks(most: number): number[] {
  const least = most / 6;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= least * (1 - 1e-9))!;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, at) => Number((at * step).toFixed(digits)));
}

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];

/** ms, as clocks are divided. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((count) => count * HOUR),
];

/** ms from 0 to at most `untilMs`. */
export function timeTicks(untilMs: number, most: number): number[] {
  const step = STEPS.find((one) => untilMs / one <= most) ?? Math.ceil(untilMs / most / (24 * HOUR)) * 24 * HOUR;
  return Array.from({ length: Math.floor(untilMs / step) + 1 }, (_, at) => at * step);
}
