/**
 * Which faults befall whom, and when: drawn from a seed before anything is done, so that it can be read first, done
 * again, and is the same bytes for the same inventory.
 */
import { seededRandom } from '../../../src/service/random.ts';
import type { Fault } from '../faults/fault.ts';
import type { Target } from '../targets/target.ts';
import { type Busy, type Limits, whyNot } from './limits.ts';
import { draw, type Interval } from './interval.ts';

export interface PlanOptions {
  readonly seed: number;
  /** No fault begins so late that it would not be over by then. */
  readonly forMs: number;
  /** From the beginning of one fault to that of the next. */
  readonly every: Interval;
  /** How long each is on. */
  readonly lasting: Interval;
  readonly limits: Limits;
  /** No more than so many. */
  readonly most?: number;
}

export interface PlannedFault {
  /** Counted from 1. */
  readonly number: number;
  /** From the beginning. */
  readonly atMs: number;
  readonly forMs: number;
  readonly fault: string;
  /** Names of targets. */
  readonly victims: readonly string[];
}

/** @param faults those that can be brought about, with whom they can befall */
export function planFaults(
  targets: readonly Target[],
  faults: readonly { readonly fault: Fault; readonly targets: readonly Target[] }[],
  { seed, forMs, every, lasting, limits, most = Infinity }: PlanOptions,
): PlannedFault[] {
  const random = seededRandom(seed);
  const plan: PlannedFault[] = [];
  const busy: Busy[] = [];
  let atMs = 0;
  while (plan.length < most) {
    atMs += Math.max(1, Math.round(draw(every, random())));
    const lastsMs = Math.max(1, Math.round(draw(lasting, random())));
    if (atMs + lastsMs > forMs) break;
    const now = busy.filter((one) => one.untilMs > atMs);
    const choice = choose(targets, shuffled(faults, random), { limits, busy: now, random });
    if (!choice) continue;
    const victims = choice.victims.map(({ name }) => name);
    plan.push({ number: plan.length + 1, atMs, forMs: lastsMs, fault: choice.fault.name, victims });
    busy.push({ ...choice, untilMs: atMs + lastsMs });
  }
  return plan;
}

interface ChooseOptions {
  readonly limits: Limits;
  readonly busy: readonly Busy[];
  readonly random: () => number;
}

/** The first of these faults that may befall somebody, and whom. */
function choose(
  targets: readonly Target[],
  faults: readonly { readonly fault: Fault; readonly targets: readonly Target[] }[],
  { limits, busy, random }: ChooseOptions,
): Pick<Busy, 'fault' | 'victims'> | undefined {
  for (const { fault, targets: able } of faults) {
    const victims: Target[] = [];
    const size = fault.victims === 'one' ? 1 : Infinity;
    for (const target of shuffled(able, random)) {
      if (victims.length === size || victims.length === targets.length - 1 && size > 1) break;
      if (whyNot({ fault, victims: [...victims, target] }, { targets, busy, limits }) === undefined) {
        victims.push(target);
      }
    }
    if (victims.length > 0) return { fault, victims: victims.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }
  return undefined;
}

/** In a new order (Fisher and Yates). */
function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const order = [...list];
  for (let at = order.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}
