/** The guards of one fault: armed at each of its victims until it is on, and taken back. */
import { waitFor } from '../../lib/wait.ts';
import type { GuardState } from '../dead-man/guard.ts';
import { LEASE_MS, lift, type Site, stateOf, UnreachableError } from '../dead-man/site.ts';
import { type Facts, type Fault, type FaultSettings, siteFor } from '../faults/fault.ts';
import type { FaultWord } from '../journal.ts';
import type { Target } from '../targets/target.ts';
import { type GuardWhat, idOf } from './guard-what.ts';

/** From the guard to the fault: a service that is told to end may take its time. */
const ON_WITHIN_MS = 60_000;

export interface BringOptions extends Pick<GuardWhat, 'run' | 'project' | 'forMs'> {
  /** Of the fault in that run. */
  readonly number: number;
  /** How long nobody need be heard of; default: {@link LEASE_MS}. */
  readonly leaseMs?: number;
  readonly fault: Fault;
  readonly victims: readonly Target[];
  /** All other targets. */
  readonly others: readonly Target[];
  readonly settings: FaultSettings;
  /** By their names. */
  readonly sites: ReadonlyMap<string, Site>;
  readonly facts: ReadonlyMap<string, Facts>;
  /** Whether those who ask what is on are told; true. */
  readonly open?: boolean;
  readonly signal: AbortSignal;
}

/** A guard that may be there. */
export interface Armed extends Pick<Fault, 'endsGuard'> {
  readonly site: Site;
  readonly id: string;
}

/** Whether it is on, or why not; whoever calls takes back what may be there in either case. */
export interface Brought {
  readonly armed: readonly Armed[];
  readonly refusal: string | undefined;
}

/** Never rejects. */
export async function bringAbout(options: BringOptions): Promise<Brought> {
  const { run, project, number, fault, victims, others, settings, forMs, sites, facts, open = true, signal } = options;
  const leaseMs = Math.min(options.leaseMs ?? LEASE_MS, forMs);
  const siteOf = (victim: Target): Site => sites.get(siteFor(fault, victim))!;
  const orders = victims.map((victim, at) => ({
    ...{ victim, site: siteOf(victim), id: idOf(run, number, at), endsGuard: fault.endsGuard ?? false },
  }));
  const tries = await Promise.allSettled(orders.map(async (order) => {
    const { victim, site, id } = order;
    const named = open ? { fault: fault.name, victim: victim.name } : { fault: 'sealed', victim: '?' };
    const what: GuardWhat = { run, project, ...named, site: site.name, forMs, at: new Date().toISOString() };
    const scripts = fault.scripts({ victim, others, forMs, settings }, facts.get(site.name)!);
    await site.arm({ id, what: JSON.stringify(what), scripts, forMs, leaseMs }, signal);
    return await untilDecided(order);
  }));
  const reasons = tries.map((one) => {
    if (one.status === 'rejected') return (one.reason as Error).message;
    return one.value.state === 'on' ? undefined : one.value.why || one.value.state;
  });
  return { armed: orders, refusal: reasons.find((why) => why !== undefined) };
}

async function untilDecided({ site, id, endsGuard = false }: Armed): Promise<GuardState> {
  return await waitFor(async () => {
    const state = await stateOf(site, id).catch((error: unknown): GuardState => {
      if (endsGuard && error instanceof UnreachableError) return { state: 'gone', why: '' };
      throw error;
    });
    if (endsGuard && state.state === 'gone') return { state: 'on', why: '' };
    return state.state === 'armed' ? undefined : state;
  }, { what: `${id} at ${site.name} to be on`, withinMs: ON_WITHIN_MS });
}

/** Not stopped by any signal: what was brought about is taken back. */
export async function takeBack(
  armed: readonly Armed[],
): Promise<{ readonly word: FaultWord; readonly why: string }> {
  const ends = await Promise.allSettled(armed.map(({ site, id, endsGuard = false }) => lift(site, id, { endsGuard })));
  const stuck = ends.flatMap((one) =>
    one.status === 'rejected' ? [(one.reason as Error).message] : one.value.state === 'stuck' ? [one.value.why] : []
  );
  if (stuck.length > 0) return { word: 'stuck', why: stuck.join('; ') };
  const isGone = ends.some((one) => one.status === 'fulfilled' && one.value.state === 'gone');
  return { word: isGone ? 'gone' : 'off', why: '' };
}
