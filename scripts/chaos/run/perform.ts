/**
 * Carries a plan out: faults at their times, as far as limits and hypothesis allow it at that moment. The first deviation
 * ends everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultNamed } from '../faults/all.ts';
import { siteFor } from '../faults/fault.ts';
import type { Hypothesis } from '../hypothesis/open-hypothesis.ts';
import type { FaultWord, Journal } from '../journal.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import type { Busy } from '../plan/limits.ts';
import type { PlannedFault } from '../plan/plan.ts';
import type { Prepared } from '../prepare.ts';
import { type Allowed, untilAllowed } from './allowed.ts';
import { createHalt, type End } from './halt.ts';
import type { Lock } from './lock.ts';
import { strike } from './strike.ts';
import { startWatch } from './watch.ts';
import type { Window } from './window.ts';

export interface PerformOptions {
  readonly run: string;
  readonly plan: readonly PlannedFault[];
  readonly selectors: readonly string[];
  readonly hypothesis: Hypothesis;
  readonly ledger: Ledger | undefined;
  readonly lock: Lock;
  /** For how long the hypothesis need not hold, in one piece. */
  readonly graceMs: number;
  readonly window: Window | undefined;
  readonly journal: Journal;
  readonly tell: (line: string) => void;
  readonly now: (line: string) => void;
  readonly annotate: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Nothing of it is on when this comes back, but what is said to be stuck. */
export async function perform(prepared: Prepared, options: PerformOptions): Promise<End> {
  const { plan, selectors, lock, graceMs, window, tell } = options;
  const from = performance.now();
  const halt = createHalt([
    [options.signal, 'it was stopped'],
    [lock.lost, 'somebody has healed what it had broken'],
  ]);
  const { signal } = halt;
  const watch = startWatch({ ...options, onDeviation: (why) => halt.stop('deviated', why) });
  const busy = new Set<Busy>();
  const strikes = new Set<Promise<void>>();
  let begun = 0;
  let shiftMs = 0;
  for (const planned of plan) {
    const waitMs = planned.atMs + shiftMs - (performance.now() - from);
    await sleep(Math.max(0, waitMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) break;
    const { isWell } = watch;
    const allowed = await untilAllowed(planned, {
      prepared,
      selectors,
      busy,
      window,
      isWell,
      withinMs: graceMs,
      signal,
    });
    if (signal.aborted) break;
    if ('why' in allowed) {
      createTeller(planned, options)('skipped', allowed.why);
      continue;
    }
    // Who had to wait does not come closer to the next one.
    shiftMs = Math.max(shiftMs, performance.now() - from - planned.atMs);
    const mine: Busy = { fault: faultNamed(planned.fault), victims: allowed.victims, untilMs: Infinity };
    busy.add(mine);
    const going = bearOne(planned, prepared, { ...options, allowed, signal }).then((word) => {
      if (word !== 'refused') begun++;
      if (word === 'stuck') halt.stop('revert failed', `${planned.fault} of ${planned.victims.join(', ')} is still on`);
    }).finally(() => {
      busy.delete(mine);
      strikes.delete(going);
    });
    strikes.add(going);
  }
  await Promise.all(strikes);
  if (!signal.aborted && !await watch.untilWell(graceMs, signal)) {
    halt.stop('deviated', `the hypothesis did not hold again within ${graceMs / 1000} s after the last fault`);
  }
  await watch.end();
  // What nobody has suffered proves nothing.
  if (begun === 0) halt.stop('nothing matched', 'no fault could be brought about');
  const end = halt.end();
  if (end) tell(end.why);
  return end ?? { outcome: 'held', why: '' };
}

/** From its guards to its end; gives its last word. */
async function bearOne(
  planned: PlannedFault,
  { place: { project }, settings, sites, facts }: Prepared,
  options: PerformOptions & { readonly allowed: Allowed },
): Promise<FaultWord> {
  const { run, lock, allowed: { victims, targets }, signal } = options;
  const { number, forMs } = planned;
  const fault = faultNamed(planned.fault);
  const forgetful = fault.endsGuard ? victims.map((victim) => siteFor(fault, victim)) : [];
  lock.expectLoss(forgetful);
  const word = await strike({
    ...{ run, project, number, forMs, fault, victims, settings, sites, facts, signal },
    others: targets.filter((target) => !victims.includes(target)),
    tell: createTeller(planned, options),
  });
  await lock.retake(forgetful);
  return word;
}

/** The notes on a page take no longer lines. */
const NOTE_LENGTH = 80;

function createTeller(
  { number, fault, victims }: PlannedFault,
  { journal, tell, annotate }: PerformOptions,
): (word: FaultWord, why: string) => void {
  const name = `${fault} ${victims.join(', ')}`;
  return (word, why) => {
    journal.write({ kind: 'fault', number, fault, victims, word, why });
    tell(`${number}. ${name}: ${word}${why === '' ? '' : `: ${why}`}`);
    if (word === 'on' || word === 'off') annotate(`${name} ${word}`.slice(0, NOTE_LENGTH));
  };
}
