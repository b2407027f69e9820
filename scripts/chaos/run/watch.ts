/** Looks on while faults are on: whether the hypothesis holds, once a second, and what workers have had acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hypothesis } from '../hypothesis/open-hypothesis.ts';
import { createPatience } from '../hypothesis/patience.ts';
import type { Check, Journal, Phase } from '../journal.ts';
import type { Ledger } from '../ledger/open-ledger.ts';

/** Between two looks. */
export const LOOK_EVERY_MS = 1000;

/** Each asks all workers. */
const LEDGER_EVERY_MS = 2000;

export interface WatchOptions {
  readonly hypothesis: Hypothesis;
  readonly ledger: Ledger | undefined;
  readonly graceMs: number;
  readonly journal: Journal;
  /** What is going on. */
  readonly now: (line: string) => void;
  /** It has not held for longer than it may. */
  readonly onDeviation: (why: string) => void;
}

export interface Watch {
  /** Whether it held when it was looked at last. */
  readonly isWell: () => boolean;
  /** From now on no fault is on: waits until it holds again. Gives whether it does in time. */
  readonly untilWell: (withinMs: number, signal: AbortSignal) => Promise<boolean>;
  readonly end: () => Promise<void>;
}

export function startWatch({ hypothesis, ledger, graceMs, journal, now, onDeviation }: WatchOptions): Watch {
  const from = performance.now();
  const over = new AbortController();
  const patience = createPatience({ graceMs });
  let phase: Phase = 'during';
  let isWell = true;
  const look = async (): Promise<void> => {
    const seen = await hypothesis.look();
    const ms = performance.now() - from;
    journal.write({ kind: 'sample', phase, ...seen });
    isWell = seen.ok;
    now(`${(ms / 1000).toFixed(0)} s: ${seen.checks.map(inWords).join(', ')}`);
    const deviation = patience.judge(ms, seen);
    if (deviation !== undefined) onDeviation(deviation);
  };
  const loops = [
    every(LOOK_EVERY_MS, over.signal, look),
    ...(ledger ? [every(LEDGER_EVERY_MS, over.signal, () => ledger.look())] : []),
  ].map((loop) => loop.catch(({ message }: Error) => onDeviation(`nobody can look on any more: ${message}`)));
  return {
    isWell: () => isWell,
    untilWell: async (withinMs, signal) => {
      phase = 'after';
      const until = performance.now() + withinMs;
      // What was seen last may be from before the last fault was taken back.
      await sleep(LOOK_EVERY_MS * 2, undefined, { signal }).catch(() => {});
      while (!isWell && performance.now() < until && !signal.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
      }
      return isWell;
    },
    end: async () => {
      over.abort();
      await Promise.all(loops);
    },
  };
}

function inWords({ name, ok, found }: Check): string {
  return `${name} ${ok ? 'holds' : 'DOES NOT HOLD'} (${found})`;
}

/** Again and again, one after the other. */
async function every(ms: number, signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const next = performance.now() + ms;
    await action();
    await sleep(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => {});
  }
}
