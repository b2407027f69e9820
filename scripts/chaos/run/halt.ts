/** Why a run ends before its plan does: the first reason counts. */
import type { Outcome } from '../journal.ts';

export interface End {
  readonly outcome: Outcome;
  /** For people; empty when the hypothesis has held. */
  readonly why: string;
}

export interface Halt {
  readonly signal: AbortSignal;
  readonly stop: (outcome: Outcome, why: string) => void;
  /** Undefined while nobody has stopped it. */
  readonly end: () => End | undefined;
}

/** @param reasons what stops it when one of them is aborted, and the words for that */
export function createHalt(reasons: readonly (readonly [signal: AbortSignal, why: string])[]): Halt {
  const controller = new AbortController();
  let end: End | undefined;
  const stop = (outcome: Outcome, why: string): void => {
    end ??= { outcome, why };
    controller.abort();
  };
  for (const [signal, why] of reasons) {
    if (signal.aborted) stop('interrupted', why);
    else signal.addEventListener('abort', () => stop('interrupted', why), { once: true });
  }
  return { signal: controller.signal, stop, end: () => end };
}
