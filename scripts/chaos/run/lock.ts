/** One monkey a project at a time: a guard without a fault at each site, which goes when nobody renews it. */
import type { Order } from '../dead-man/guard.ts';
import { LEASE_MS, lift, renew, type Site, stateOf, TakenError } from '../dead-man/site.ts';
import { type GuardWhat, LOCK, lockOf, parseWhat } from './guard-what.ts';

const NO_FAULT = { apply: ':', revert: ':', isOn: ':' };

/** Beyond what a run may take at most. */
const A_DAY_MS = 24 * 3_600_000;

export interface Lock {
  /** Whether it is still ours at every site that can be asked. */
  readonly renew: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

export interface LockOptions {
  readonly run: string;
  readonly project: string | undefined;
  readonly signal: AbortSignal;
}

/** @throws Error that says whose run is going on where */
export async function takeLock(sites: readonly Site[], { run, project, signal }: LockOptions): Promise<Lock> {
  const id = lockOf(project);
  const taken: Site[] = [];
  const release = async (): Promise<void> => void await Promise.allSettled(taken.map((site) => lift(site, id)));
  try {
    for (const site of sites) {
      const what: GuardWhat = {
        ...{ run, project, fault: LOCK, victim: '', site: site.name, forMs: A_DAY_MS, at: new Date().toISOString() },
      };
      const order = { id, what: JSON.stringify(what), scripts: NO_FAULT, forMs: A_DAY_MS, leaseMs: LEASE_MS };
      await armAnew(site, order, signal).catch(async (error: Error) => {
        throw error instanceof TakenError ? new Error(await whoIsThere(site, id), { cause: error }) : error;
      });
      taken.push(site);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return {
    release,
    renew: async () => {
      const states = await Promise.allSettled(taken.map(async (site) => {
        await renew(site, id);
        return (await stateOf(site, id)).state;
      }));
      return states.every((one) => one.status === 'rejected' || one.value === 'on' || one.value === 'armed');
    },
  };
}

/** Also where the guard of a monkey that was shot has ended, and only waits to be asked how. */
async function armAnew(site: Site, order: Order, signal: AbortSignal): Promise<void> {
  try {
    await site.arm(order, signal);
  } catch (error) {
    if (!(error instanceof TakenError) || (await stateOf(site, order.id)).state !== 'off') throw error;
    await site.remove(order.id);
    await site.arm(order, signal);
  }
}

async function whoIsThere(site: Site, lock: string): Promise<string> {
  const found = (await site.list().catch(() => [])).find(({ id }) => id === lock);
  const { run, at } = parseWhat(found?.what ?? '{}');
  const who = run === undefined ? '' : `, run ${run} since ${at}`;
  return `Another monkey is at work at ${site.name}${who}: one at a time. chaos.mjs status tells of it, heal ends it`;
}
