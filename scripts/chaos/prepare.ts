/** What a plan is made of, and where it is carried out: targets, sites, and the faults that can be brought about there. */
import { randomInt } from 'node:crypto';
import { UsageError } from '../lib/command-line.ts';
import type { Site } from './dead-man/site.ts';
import { type Facts, type Fault, type FaultSettings, siteFor, whatLacks } from './faults/fault.ts';
import { parseFaults, parsePlanOptions, parseSeed, parseSettings, type PlanValues } from './flags.ts';
import { openPlace, type Place, type PlaceValues, type Sight } from './place.ts';
import { whyNot } from './plan/limits.ts';
import { planFaults, type PlannedFault, type PlanOptions } from './plan/plan.ts';
import type { Offer, Target } from './targets/target.ts';

export interface Prepared extends Sight {
  readonly place: Place;
  readonly options: PlanOptions;
  readonly settings: FaultSettings;
  /** Faults that nobody can suffer here, and why. */
  readonly refused: readonly { readonly fault: string; readonly why: string }[];
  readonly plan: readonly PlannedFault[];
  /** Why there is nothing in the plan. */
  readonly whyNothing: readonly string[];
}

/** Where somebody is whom it may befall: there the monkey says that it is at work. */
export function sitesOfTargets({ sites, targets }: Sight): Site[] {
  return [...sites.values()].filter(({ name }) => targets.some(({ site }) => site === name));
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
  try {
    return await prepareAt(place, { values, selectors, options, settings });
  } catch (error) {
    await place.close();
    throw error;
  }
}

interface PrepareAtOptions extends Pick<Prepared, 'options' | 'settings'> {
  readonly values: PrepareValues;
  readonly selectors: readonly string[];
}

async function prepareAt(
  place: Place,
  { values, selectors, options, settings }: PrepareAtOptions,
): Promise<Prepared> {
  const faults = parseFaults(values.faults, place.kind);
  const sight = await place.look(selectors);
  const { targets, facts } = sight;
  const able = faults.map((fault) => ({ fault, ...whoMay(fault, targets, facts) }));
  const refused = able.filter((one) => one.targets.length === 0).map(({ fault, why }) => ({ fault: fault.name, why }));
  if (values.faults !== undefined && refused.length > 0 && targets.length > 0) {
    const lines = refused.map(({ fault, why }) => `${fault} cannot be brought about: ${why}`);
    throw new UsageError(lines.join('\n'));
  }
  const plan = planFaults(targets, able.filter((one) => one.targets.length > 0), options);
  const whyNothing = plan.length > 0
    ? []
    : able.flatMap(({ fault, targets: those }) =>
      those.flatMap((victim) =>
        whyNot({ fault, victims: [victim] }, { targets, busy: [], limits: options.limits }) ?? 'the time is too short'
      )
    );
  return { ...sight, place, options, settings, refused, plan, whyNothing: [...new Set(whyNothing)] };
}

const WANTING: Readonly<Record<Offer, string>> = {
  faults: 'no target runs with FAULTS=on',
  'memory limit': 'no target has a limit of memory',
  'swarm node': 'no target is in a Swarm with a manager that can be asked',
};

/** Those whom it may befall; where there is nobody, why. */
function whoMay(
  fault: Fault,
  targets: readonly Target[],
  facts: ReadonlyMap<string, Facts>,
): { readonly targets: readonly Target[]; readonly why: string } {
  const reasons = targets.map((target) => {
    if (fault.wants !== undefined && !target.offers.includes(fault.wants)) return WANTING[fault.wants];
    const site = siteFor(fault, target);
    const known = facts.get(site);
    if (!known) return `${site} cannot be asked`;
    const lacks = whatLacks(fault, known);
    return lacks === undefined ? undefined : `${site} lacks ${lacks}`;
  });
  return {
    targets: targets.filter((_, at) => reasons[at] === undefined),
    why: [...new Set(reasons.filter((why) => why !== undefined))].join('; '),
  };
}
