/**
 * What was seen of the hypothesis. A sample stands for the time until the next, but not for ever: while the machine that
 * looks was asleep, nobody knows, and that time counts for nothing and nobody.
 */
import type { Written } from '../journal.ts';

export type Sample = Extract<Written, { kind: 'sample' }>;

/** A sample comes about once a second; one that waits for answers that do not come takes some more. */
export const STANDS_FOR_MS = 10_000;

export interface Watched {
  readonly sample: Sample;
  /** How long it stands for. */
  readonly forMs: number;
  /** How long nobody knows after that. */
  readonly unknownMs: number;
}

export function watch(entries: readonly Written[]): Watched[] {
  const samples = entries.filter((entry): entry is Sample => entry.kind === 'sample');
  const endMs = entries.at(-1)!.ms;
  return samples.map((sample, at) => {
    const ms = (samples[at + 1]?.ms ?? endMs) - sample.ms;
    const forMs = Math.min(ms, STANDS_FOR_MS);
    return { sample, forMs, unknownMs: ms - forMs };
  });
}

/** A time in which the hypothesis held, or did not. */
export interface Stretch {
  readonly isOk: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Samples in a row that say the same are one; where nobody knows, there is none. */
export function stretchesOf(watched: readonly Watched[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { sample, forMs } of watched) {
    const [last, toMs] = [stretches.at(-1), sample.ms + forMs];
    if (last?.isOk === sample.ok && last.toMs === sample.ms) stretches[stretches.length - 1] = { ...last, toMs };
    else stretches.push({ isOk: sample.ok, fromMs: sample.ms, toMs });
  }
  return stretches;
}

/** The share of the known time in which something was so, 0..1; undefined when nothing is known. */
export function shareOf(watched: readonly Watched[], isSo: (sample: Sample) => boolean): number | undefined {
  const knownMs = sum(watched);
  return knownMs === 0 ? undefined : sum(watched.filter(({ sample }) => isSo(sample))) / knownMs;
}

/** Hashes a second, over the time in which they are known. */
export function meanSpeed(watched: readonly Watched[]): number | undefined {
  const known = watched.filter(({ sample }) => sample.speed !== null);
  const knownMs = sum(known);
  if (knownMs === 0) return undefined;
  return known.reduce((total, { sample, forMs }) => total + sample.speed! * forMs, 0) / knownMs;
}

export function leastSpeed(samples: readonly Sample[]): number | undefined {
  const least = samples.reduce((so, { speed }) => Math.min(so, speed ?? Infinity), Infinity);
  return least === Infinity ? undefined : least;
}

function sum(watched: readonly Watched[]): number {
  return watched.reduce((total, { forMs }) => total + forMs, 0);
}
