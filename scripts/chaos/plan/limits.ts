/** How much may be broken at a time. The same rules hold when a plan is made, and again when it is carried out. */
import type { Fault } from '../faults/fault.ts';
import type { Target } from '../targets/target.ts';

export interface Limits {
  /** Victims at a time: a number, or a share of all targets (at least one). */
  readonly max: number | { readonly share: number };
  /** So many of each service or cluster are left well. */
  readonly keep: number;
}

/** A fault that is on. */
export interface Busy {
  readonly fault: Fault;
  readonly victims: readonly Target[];
  readonly untilMs: number;
}

export interface Situation {
  readonly targets: readonly Target[];
  readonly busy: readonly Busy[];
  readonly limits: Limits;
}

/** Why a fault may not befall these now; undefined when it may. */
export function whyNot(
  { fault, victims }: Pick<Busy, 'fault' | 'victims'>,
  { targets, busy, limits }: Situation,
): string | undefined {
  const suffering = new Set(busy.flatMap((one) => one.victims.map(({ name }) => name)));
  const again = victims.find(({ name }) => suffering.has(name));
  if (again) return `${again.name} suffers from another fault`;
  const sick = victims.find(({ isWell }) => !isWell);
  if (sick) return `${sick.name} is not well`;
  const most = mostOf(limits, targets.length);
  if (suffering.size + victims.length > most) return `--max allows ${most} at a time`;
  const machine = victims.find(({ kind, group }) =>
    kind === 'machine' && (victims.filter((one) => one.group === group).length > 1 ||
      busy.some((one) => one.victims.some((other) => other.kind === 'machine' && other.group === group)))
  );
  if (machine) return `one machine of ${machine.group} at a time`;
  if (!fault.takesAway) return undefined;
  const away = new Set([
    ...busy.filter((one) => one.fault.takesAway).flatMap((one) => one.victims.map(({ name }) => name)),
    ...victims.map(({ name }) => name),
  ]);
  for (const { group } of victims) {
    const left = targets.filter((target) => target.group === group && target.isWell && !away.has(target.name)).length;
    if (left < limits.keep) return `--keep ${limits.keep} would not be left of ${group}, but ${left}`;
  }
  return undefined;
}

function mostOf({ max }: Limits, targets: number): number {
  return typeof max === 'number' ? max : Math.max(1, Math.floor(targets * max.share));
}
