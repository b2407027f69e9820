/** Whether a planned fault may begin now: who is there has changed since the plan was made. */
import { setTimeout as sleep } from 'node:timers/promises';
import { faultNamed } from '../faults/all.ts';
import { type Busy, whyNot } from '../plan/limits.ts';
import type { PlannedFault } from '../plan/plan.ts';
import type { Prepared } from '../prepare.ts';
import type { Target } from '../targets/target.ts';
import { LOOK_EVERY_MS } from './watch.ts';
import type { Window } from './window.ts';

export interface AllowedOptions {
  readonly prepared: Prepared;
  readonly selectors: readonly string[];
  /** Faults that are on. */
  readonly busy: ReadonlySet<Busy>;
  readonly window: Window | undefined;
  /** Whether the hypothesis holds. */
  readonly isWell: () => boolean;
  /** How long it is waited for. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/** As they are now. */
export interface Allowed {
  readonly victims: readonly Target[];
  readonly targets: readonly Target[];
}

/** Waits until it may begin; when it may not in time, gives why. */
export async function untilAllowed(
  planned: PlannedFault,
  options: AllowedOptions,
): Promise<Allowed | { readonly why: string }> {
  const until = performance.now() + options.withinMs;
  for (;;) {
    const now = await lookAt(planned, options).catch(({ message }: Error) => ({ why: message }));
    if (!('why' in now) || performance.now() >= until || options.signal.aborted) return now;
    await sleep(LOOK_EVERY_MS, undefined, { signal: options.signal }).catch(() => {});
  }
}

async function lookAt(
  { fault, victims: names }: PlannedFault,
  { prepared, selectors, busy, window, isWell }: AllowedOptions,
): Promise<Allowed | { readonly why: string }> {
  const { targets } = await prepared.place.look(selectors);
  const victims: Target[] = [];
  for (const name of names) {
    const victim = targets.find((target) => target.name === name);
    if (!victim) return { why: `${name} is not there` };
    victims.push(victim);
  }
  const situation = { targets, busy: [...busy], limits: prepared.options.limits };
  const why = window?.whyNot(new Date()) ?? (isWell() ? undefined : 'the hypothesis does not hold') ??
    whyNot({ fault: faultNamed(fault), victims }, situation);
  return why === undefined ? { victims, targets } : { why };
}
