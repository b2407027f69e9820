import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the error. */
  readonly what: string;
  readonly withinMs: number;
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks until the answer is not undefined. An error of `ask` ends the waiting.
 *
 * @throws Error that says for what it has waited, and how long
 */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  { what, withinMs, everyMs = 200, signal }: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) throw new Error(`Waited ${withinMs / 1000} s in vain for ${what}`);
    await sleep(everyMs, undefined, signal ? { signal } : {});
  }
}
