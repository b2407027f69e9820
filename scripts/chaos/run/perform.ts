/**
 * Carries a plan out: faults at their times, as far as limits and hypothesis allow it at that moment; all the while the
 * hypothesis is looked at, and the first deviation ends everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultNamed } from '../faults/all.ts';
import { siteFor } from '../faults/fault.ts';
import type { Hypothesis } from '../hypothesis/open-hypothesis.ts';
import { createPatience } from '../hypothesis/patience.ts';
import type { FaultWord, Journal, Outcome, Phase } from '../journal.ts';
import type { Ledger } from '../ledger/open-ledger.ts';
import { type Busy, whyNot } from '../plan/limits.ts';
import type { PlannedFault } from '../plan/plan.ts';
import type { Prepared } from '../prepare.ts';
import type { Target } from '../targets/target.ts';
import type { Lock } from './lock.ts';
import { strike } from './strike.ts';
import type { Window } from './window.ts';

const LOOK_EVERY_MS = 1000;

/** Each asks all workers. */
const LEDGER_EVERY_MS = 2000;

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

export interface Performed {
  readonly outcome: Outcome;
  readonly why: string;
}

/** Why a run ends before its plan does. */
class Halt extends Error {
  override name = 'Halt';
  readonly outcome: Outcome;

  constructor(outcome: Outcome, why: string) {
    super(why);
    this.outcome = outcome;
  }
}

/** Nothing of it is on when this comes back, but what is said to be stuck. */
export async function perform(prepared: Prepared, options: PerformOptions): Promise<Performed> {
  const { plan, hypothesis, ledger, graceMs, journal, signal, tell } = options;
  const from = performance.now();
  const elapsed = (): number => performance.now() - from;
  const halt = new AbortController();
  const stop = (outcome: Outcome, why: string): void => halt.abort(new Halt(outcome, why));
  const onAbort = (): void => stop('interrupted', 'it was stopped');
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const { lost } = options.lock;
  const onLost = (): void => stop('interrupted', 'somebody has healed what it had broken');
  lost.addEventListener('abort', onLost, { once: true });
  if (lost.aborted) onLost();
  let phase: Phase = 'during';
  let isWell = true;
  const over = new AbortController();
  const patience = createPatience({ graceMs });
  const loops = [
    every(LOOK_EVERY_MS, over.signal, async () => {
      const look = await hypothesis.look();
      journal.write({ kind: 'sample', phase, ...look });
      isWell = look.ok;
      options.now(`${(elapsed() / 1000).toFixed(0)} s: ${look.checks.map(inWords).join(', ')}`);
      const deviation = patience.judge(elapsed(), look);
      if (deviation !== undefined) stop('deviated', deviation);
    }),
    ...(ledger ? [every(LEDGER_EVERY_MS, over.signal, () => ledger.look())] : []),
  ];
  const strikes = new Set<Promise<void>>();
  let begun = 0;
  const busy = new Set<Busy>();
  const halted = (): boolean => halt.signal.aborted;
  let shiftMs = 0;
  for (const planned of plan) {
    await sleep(Math.max(0, planned.atMs + shiftMs - elapsed()), undefined, { signal: halt.signal }).catch(() => {});
    if (halted()) break;
    const told = createTeller(planned, options);
    const begin = await untilAllowed(planned, { prepared, busy, options, isWell: () => isWell, signal: halt.signal });
    if (halted()) break;
    if ('why' in begin) {
      told('skipped', begin.why);
      continue;
    }
    shiftMs = Math.max(shiftMs, elapsed() - planned.atMs);
    const { victims, targets } = begin;
    const mine: Busy = { fault: faultNamed(planned.fault), victims, untilMs: Infinity };
    busy.add(mine);
    const forgetful = mine.fault.endsGuard ? victims.map((victim) => siteFor(mine.fault, victim)) : [];
    options.lock.expectLoss(forgetful);
    const going = strike({
      ...{
        run: options.run,
        project: prepared.place.project,
        number: planned.number,
        forMs: planned.forMs,
        fault: mine.fault,
        victims,
      },
      ...{ settings: prepared.settings, signal: halt.signal, tell: told },
      others: targets.filter(({ name }) => !planned.victims.includes(name)),
      ...{ sites: prepared.sites, facts: prepared.facts },
    }).then(async (word) => {
      if (word !== 'refused') begun++;
      await options.lock.retake(forgetful);
      if (word === 'stuck') stop('revert failed', `${planned.fault} of ${planned.victims.join(', ')} is still on`);
    }).finally(() => {
      busy.delete(mine);
      strikes.delete(going);
    });
    strikes.add(going);
  }
  await Promise.all(strikes);
  phase = 'after';
  if (!halted() && !await untilWell(() => isWell, graceMs, halt.signal) && !halted()) {
    stop('deviated', `the hypothesis did not hold again within ${graceMs / 1000} s after the last fault`);
  }
  over.abort();
  await Promise.all(loops);
  signal.removeEventListener('abort', onAbort);
  lost.removeEventListener('abort', onLost);
  // What nobody has suffered proves nothing.
  if (!halted() && begun === 0) stop('nothing matched', 'no fault could be brought about');
  if (!halted()) return { outcome: 'held', why: '' };
  const { outcome, message } = halt.signal.reason as Halt;
  tell(message);
  return { outcome, why: message };
}

function inWords({ name, ok, found }: { readonly name: string; readonly ok: boolean; readonly found: string }): string {
  return `${name} ${ok ? 'holds' : 'DOES NOT HOLD'} (${found})`;
}

function createTeller(
  { number, fault, victims }: PlannedFault,
  { journal, tell, annotate }: PerformOptions,
): (word: FaultWord, why: string) => void {
  const name = `${fault} ${victims.join(', ')}`;
  return (word, why) => {
    journal.write({ kind: 'fault', number, fault, victims, word, why });
    tell(`${number}. ${name}: ${word}${why === '' ? '' : `: ${why}`}`);
    if (word === 'on' || word === 'off') annotate(`${name} ${word}`.slice(0, 80));
  };
}

interface AllowedOptions {
  readonly prepared: Prepared;
  readonly busy: ReadonlySet<Busy>;
  readonly options: PerformOptions;
  readonly isWell: () => boolean;
  readonly signal: AbortSignal;
}

type Allowed = { readonly victims: readonly Target[]; readonly targets: readonly Target[] };

/** Waits, as long as the hypothesis may be broken, until it may begin. */
async function untilAllowed(
  { fault, victims }: PlannedFault,
  { prepared, busy, options, isWell, signal }: AllowedOptions,
): Promise<Allowed | { readonly why: string }> {
  const until = performance.now() + options.graceMs;
  for (;;) {
    let why: string | undefined;
    try {
      const { targets } = await prepared.place.look(options.selectors);
      const found = victims.map((name) => targets.find((target) => target.name === name));
      const missing = victims.find((_, at) => found[at] === undefined);
      why = missing !== undefined
        ? `${missing} is not there`
        : options.window?.whyNot(new Date()) ?? (isWell() ? undefined : 'the hypothesis does not hold') ??
          whyNot({ fault: faultNamed(fault), victims: found as Target[] }, {
            ...{ targets, busy: [...busy], limits: prepared.options.limits },
          });
      if (why === undefined) return { victims: found as Target[], targets };
    } catch (error) {
      why = (error as Error).message;
    }
    if (performance.now() >= until || signal.aborted) return { why };
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

async function untilWell(isWell: () => boolean, withinMs: number, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + withinMs;
  // What was seen last may be from before the last fault was taken back.
  await sleep(LOOK_EVERY_MS * 2, undefined, { signal }).catch(() => {});
  while (!isWell() && performance.now() < until && !signal.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  return isWell();
}

/** Again and again, one after the other; what goes wrong in one is told by the next. */
async function every(ms: number, signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    const next = performance.now() + ms;
    await action().catch(() => {});
    await sleep(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => {});
  }
}
