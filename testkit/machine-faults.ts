/** Faults on machines of the lab, one by one, by the guards that a run would have. */
import assert from 'node:assert/strict';
import { GUARD_SCRIPTS } from '../scripts/chaos/dead-man/guard.ts';
import { isOn, lift, type Site, stateOf } from '../scripts/chaos/dead-man/site.ts';
import { faultNamed } from '../scripts/chaos/faults/all.ts';
import { DEFAULT_SETTINGS, type FaultSettings, siteFor, whatLacks } from '../scripts/chaos/faults/fault.ts';
import type { MachineTargets } from '../scripts/chaos/targets/machines.ts';
import type { Target } from '../scripts/chaos/targets/target.ts';
import { uniqueName } from './docker.ts';
import { eventually } from './eventually.ts';

export const newId = (): string => uniqueName('t').slice(-10);

export interface Armed {
  readonly id: string;
  readonly site: Site;
}

export type Arm = (name: string, target: Target, options?: ArmOptions) => Promise<Armed>;

export interface MachineFaults {
  /** Brings a fault about, and comes back when the guard has done so or not. */
  readonly arm: Arm;
  /** The same where it has to be on, and its probe to see it. */
  readonly strike: Arm;
}

export interface ArmOptions {
  readonly id?: string;
  readonly settings?: Partial<FaultSettings>;
  readonly others?: readonly Target[];
  readonly forMs?: number;
  readonly leaseMs?: number;
}

export function createMachineFaults(found: MachineTargets, signal: AbortSignal): MachineFaults {
  const sites = new Map(found.sites.map(({ site }) => [site.name, site]));
  const facts = new Map(found.sites.map(({ site, facts }) => [site.name, facts!]));
  const arm: Arm = async (
    name,
    target,
    { id = newId(), settings = {}, others = [], forMs = 60_000, leaseMs = forMs } = {},
  ) => {
    const fault = faultNamed(name);
    const at = siteFor(fault, target);
    const site = sites.get(at)!;
    assert.equal(whatLacks(fault, facts.get(at)!), undefined);
    const strike = { victim: target, others, forMs, settings: { ...DEFAULT_SETTINGS, ...settings } };
    const scripts = fault.scripts(strike, facts.get(at)!);
    await site.arm({ id, what: JSON.stringify({ fault: name }), scripts, forMs, leaseMs }, signal);
    await eventually(async () => (await stateOf(site, id)).state !== 'armed', {
      ...{ what: `${name} to be on`, withinMs: 60_000, everyMs: 100 },
    });
    return { id, site };
  };
  return {
    arm,
    strike: async (name, target, options) => {
      const armed = await arm(name, target, options);
      assert.deepEqual(await stateOf(armed.site, armed.id), { state: 'on', why: '' });
      assert.equal(await isOn(armed.site, armed.id), true, 'its probe sees it');
      return armed;
    },
  };
}

export const OFF = { state: 'off', why: '' };

/** Taken back twice: by hand, and by its guard. */
export async function assertLifted({ site, id }: Armed): Promise<void> {
  await site.beside(id, GUARD_SCRIPTS.revert(id), { withinMs: 60_000 });
  assert.equal(await isOn(site, id), false, 'its probe sees it no more');
  assert.deepEqual(await lift(site, id), OFF);
  assert.deepEqual(await stateOf(site, id), { state: 'gone', why: '' });
}
