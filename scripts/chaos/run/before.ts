/** Whoever is unwell before anything is broken is not to be broken. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hypothesis } from '../hypothesis/open-hypothesis.ts';
import type { Check } from '../journal.ts';
import { LOOK_EVERY_MS } from './watch.ts';

/** How often in a row it has to hold. */
const TIMES = 2;

export interface BeforeOptions {
  readonly graceMs: number;
  readonly now: (line: string) => void;
  readonly signal: AbortSignal;
}

/** @throws Error that names what does not hold */
export async function untilHolds(hypothesis: Hypothesis, { graceMs, now, signal }: BeforeOptions): Promise<void> {
  const until = performance.now() + graceMs;
  let held = 0;
  let checks: readonly Check[] = [];
  while (held < TIMES) {
    const look = await hypothesis.look();
    held = look.ok ? held + 1 : 0;
    checks = look.checks;
    if (held < TIMES && performance.now() > until) {
      const wrong = checks.filter(({ ok }) => !ok).map(({ name, found }) => `${name}: ${found}`).join('; ');
      throw new Error(`Not begun: the hypothesis does not hold before anything is broken: ${wrong}`);
    }
    now(`before: ${checks.map(({ name, found }) => `${name}: ${found}`).join(', ')}`);
    if (held < TIMES) await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
