/** One monkey a project at a time: a guard without a fault at each site, which goes when nobody renews it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../lib/in-parallel.ts';
import { GUARD_SCRIPTS, type Order } from '../dead-man/guard.ts';
import { lift, renew, type Site, stateOf, TakenError } from '../dead-man/site.ts';
import { type GuardWhat, LOCK, lockOf, parseWhat } from './guard-what.ts';

const NO_FAULT = { apply: ':', revert: ':', isOn: ':' };

/** Beyond what a run may take at most. */
const A_DAY_MS = 24 * 3_600_000;

/** It is not renewed before all of them are taken, and a room has many machines. */
const FIRST_LEASE_MS = 60_000;

const RENEW_EVERY_MS = 4000;

const AT_ONCE = 16;

/** Renewed all the time. */
export interface Lock {
  /** Aborted when it is not ours any more at a site that can be asked: somebody has taken everything back. */
  readonly lost: AbortSignal;
  /** At these sites, which are about to be started anew and to forget it, it is not missed. */
  readonly expectLoss: (names: readonly string[]) => void;
  /** Takes it again there. Where somebody else has done so meanwhile, it is lost. */
  readonly retake: (names: readonly string[]) => Promise<void>;
  readonly release: () => Promise<void>;
  /** From now on nobody renews it: it stays for so long, where that can be said. */
  readonly leave: (forMs: number) => Promise<void>;
}

export interface LockOwner {
  readonly run: string;
  readonly project: string | undefined;
}

export interface LockOptions extends LockOwner {
  readonly signal: AbortSignal;
}

/** @throws Error that says whose run is going on where */
export async function takeLock(sites: readonly Site[], { run, project, signal }: LockOptions): Promise<Lock> {
  const id = lockOf(project);
  const taken: Site[] = [];
  const lost = new AbortController();
  const over = new AbortController();
  const forgetful = new Set<string>();

  async function take(site: Site): Promise<void> {
    const what: GuardWhat = {
      ...{ run, project, fault: LOCK, victim: '', site: site.name, forMs: A_DAY_MS, at: new Date().toISOString() },
    };
    const order = { id, what: JSON.stringify(what), scripts: NO_FAULT, forMs: A_DAY_MS, leaseMs: FIRST_LEASE_MS };
    await armAnew(site, order, signal);
  }

  /** Whether it is ours, where that can be found out. */
  async function keep(site: Site): Promise<boolean> {
    const isForgiven = forgetful.has(site.name);
    const { state, what } = await renew(site, id);
    const isKept = (state === 'on' || state === 'armed') && parseWhat(what).run === run;
    return isForgiven || forgetful.has(site.name) || isKept;
  }

  async function keepAll(): Promise<void> {
    while (!over.signal.aborted && !lost.signal.aborted) {
      const next = performance.now() + RENEW_EVERY_MS;
      const kept = await inParallel(taken, AT_ONCE, keep);
      if (kept.some((one) => one.status === 'fulfilled' && !one.value)) lost.abort();
      await sleep(Math.max(0, next - performance.now()), undefined, { signal: over.signal }).catch(() => {});
    }
  }

  // The first of them decides between two that begin at the same time.
  for (const some of [sites.slice(0, 1), sites.slice(1)]) {
    const results = await inParallel(some, AT_ONCE, take);
    taken.push(...some.filter((_, at) => results[at]!.status === 'fulfilled'));
    const failed = results.findIndex(({ status }) => status === 'rejected');
    if (failed === -1) continue;
    await giveBackLock(taken, { run, project });
    const { reason: error } = results[failed] as PromiseRejectedResult;
    throw error instanceof TakenError ? new Error(await whoIsThere(some[failed]!, id), { cause: error }) : error;
  }
  const keeping = keepAll();
  return {
    lost: lost.signal,
    expectLoss: (names) => names.forEach((name) => forgetful.add(name)),
    retake: async (names) => {
      const some = taken.filter(({ name }) => names.includes(name));
      await inParallel(some, AT_ONCE, async (site) => {
        // It may never have gone.
        if (!await isOf(run, site, id)) await take(site);
        forgetful.delete(site.name);
      }).then((results) => {
        const isTaken = results.some((one) => one.status === 'rejected' && one.reason instanceof TakenError);
        if (isTaken) lost.abort();
      });
    },
    release: async () => {
      over.abort();
      await keeping;
      await giveBackLock(taken, { run, project });
    },
    leave: async (forMs) => {
      over.abort();
      await keeping;
      await inParallel(taken, AT_ONCE, async (site) => await renew(site, id, forMs));
    },
  };
}

/** Also that of a run that has left it. */
export async function giveBackLock(sites: readonly Site[], { run, project }: LockOwner): Promise<void> {
  const id = lockOf(project);
  await inParallel(sites, AT_ONCE, async (site) => await isOf(run, site, id) && await lift(site, id));
}

/** Somebody may have taken it back, and somebody else have taken it since. */
async function isOf(run: string, site: Site, id: string): Promise<boolean> {
  return parseWhat(await site.beside(id, GUARD_SCRIPTS.what(id))).run === run;
}

/** Between two tries while a guard that has ended is removed. */
const AGAIN_MS = 500;

/** Also where the guard of another monkey has ended: it only waits to be asked how, or is just being removed. */
async function armAnew(site: Site, order: Order, signal: AbortSignal): Promise<void> {
  const until = performance.now() + FIRST_LEASE_MS / 4;
  for (;;) {
    try {
      return await site.arm(order, signal);
    } catch (error) {
      if (!(error instanceof TakenError)) throw error;
      const { state } = await stateOf(site, order.id, { signal });
      if ((state !== 'off' && state !== 'gone') || performance.now() > until) throw error;
      if (state === 'off') await site.remove(order.id);
      await sleep(AGAIN_MS, undefined, { signal });
    }
  }
}

async function whoIsThere(site: Site, lock: string): Promise<string> {
  const found = (await site.list().catch(() => [])).find(({ id }) => id === lock);
  const { run, at } = parseWhat(found?.what ?? '{}');
  const who = run === undefined ? '' : `, run ${run} since ${at}`;
  return `Another monkey is at work at ${site.name}${who}: one at a time. chaos.mjs status tells of it, heal ends it`;
}
