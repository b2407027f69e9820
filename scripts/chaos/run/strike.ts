/** One fault of a plan, from the first guard to the last: brought about, renewed, taken back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { renew } from '../dead-man/site.ts';
import type { FaultWord } from '../journal.ts';
import { type Armed, bringAbout, type BringOptions, takeBack } from './bring-about.ts';

const RENEW_EVERY_MS = 3000;

/** `signal` takes it back at once. */
export interface StrikeOptions extends Omit<BringOptions, 'open' | 'leaseMs'> {
  /** Once it is on, or why it never was, and how it has ended. */
  readonly tell: (word: FaultWord, why: string) => void;
}

/** Comes back when it is over, whatever has become of it; gives its last word. */
export async function strike(options: StrikeOptions): Promise<FaultWord> {
  const { tell, forMs, signal } = options;
  const { armed, refusal } = await bringAbout(options);
  if (refusal === undefined) {
    tell('on', '');
    await whileOn(armed, forMs, signal);
  }
  const end = await takeBack(armed);
  const word = refusal === undefined || end.word === 'stuck' ? end.word : 'refused';
  tell(word, word === 'refused' ? refusal! : end.why);
  return word;
}

async function whileOn(armed: readonly Armed[], forMs: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + forMs;
  while (!signal.aborted) {
    const leftMs = until - performance.now();
    if (leftMs <= 0) return;
    await sleep(Math.min(leftMs, RENEW_EVERY_MS), undefined, { signal }).catch(() => {});
    // Whoever cannot be reached heals by itself, and is asked at the end.
    if (!signal.aborted) await Promise.allSettled(armed.map(({ site, id }) => renew(site, id)));
  }
}
