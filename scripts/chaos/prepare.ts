/** What a plan is made of, and where it is carried out: targets, sites, and the faults that can be brought about there. */
import { randomInt } from 'node:crypto';
import { UsageError } from '../lib/command-line.ts';
import { type Facts, type Fault, type FaultSettings, whatLacks } from './faults/fault.ts';
import { parseFaults, parsePlanOptions, parseSeed, parseSettings, type PlanValues } from './flags.ts';
import { openPlace, type Place, type PlaceValues } from './place.ts';
import { planFaults, type PlannedFault, type PlanOptions } from './plan/plan.ts';
import type { LeftOut } from './targets/containers.ts';
import type { Target } from './targets/target.ts';

export interface Prepared {
  readonly place: Place;
  readonly options: PlanOptions;
  readonly settings: FaultSettings;
  readonly targets: readonly Target[];
  readonly leftOut: readonly LeftOut[];
  /** By the names of sites. */
  readonly facts: ReadonlyMap<string, Facts>;
  /** Faults that nobody can suffer here, and why. */
  readonly refused: readonly { readonly fault: string; readonly why: string }[];
  readonly plan: readonly PlannedFault[];
}

export type PrepareValues = PlaceValues & PlanValues & { readonly seed?: string | undefined };

/**
 * Nothing is changed anywhere.
 *
 * @throws UsageError where a fault that was asked for can be brought about nowhere
 */
export async function prepare(
  values: PrepareValues,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<Prepared> {
  const seed = values.seed === undefined ? randomInt(1, 1_000_000) : parseSeed(values.seed);
  const options = parsePlanOptions(values, seed);
  const settings = parseSettings(values);
  const place = await openPlace(values, signal);
  const faults = parseFaults(values.faults, place.kind);
  const { targets, leftOut } = await place.targets(selectors);
  const used = place.sites.filter(({ name }) => targets.some(({ site }) => site === name));
  const facts = new Map(await Promise.all(used.map(async (site) => [site.name, await site.facts(signal)] as const)));
  const able = faults.map((fault) => ({ fault, ...whoMay(fault, targets, facts) }));
  const refused = able.filter((one) => one.targets.length === 0).map(({ fault, why }) => ({ fault: fault.name, why }));
  if (values.faults !== undefined && refused.length > 0 && targets.length > 0) {
    const lines = refused.map(({ fault, why }) => `${fault} cannot be brought about: ${why}`);
    throw new UsageError(lines.join('\n'));
  }
  const plan = planFaults(targets, able.filter((one) => one.targets.length > 0), options);
  return { place, options, settings, targets, leftOut, facts, refused, plan };
}

/** Those whom it may befall; where there is nobody, why. */
function whoMay(
  fault: Fault,
  targets: readonly Target[],
  facts: ReadonlyMap<string, Facts>,
): { readonly targets: readonly Target[]; readonly why: string } {
  const reasons = targets.map((target) => {
    const lacks = whatLacks(fault, facts.get(target.site)!);
    if (lacks !== undefined) return `${target.site} lacks ${lacks}`;
    if (fault.wants === undefined || target.offers.includes(fault.wants)) return undefined;
    return fault.wants === 'faults' ? 'no target runs with FAULTS=on' : `no target has a ${fault.wants}`;
  });
  return {
    targets: targets.filter((_, at) => reasons[at] === undefined),
    why: [...new Set(reasons.filter((why) => why !== undefined))].join('; '),
  };
}
