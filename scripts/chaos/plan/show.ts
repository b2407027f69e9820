/** A plan for people, and, for --json and a journal, as data. */
import { print } from '../../lib/command-line.ts';
import { formatTable } from '../../lib/table.ts';
import { CHAOS_EXIT } from '../exit.ts';
import type { Prepared } from '../prepare.ts';
import { inventoryOf } from '../targets/target.ts';
import type { PlannedFault } from './plan.ts';

/** Prints it; gives the exit code of who does no more. @param hint comes after a plan in which there is something */
export function tellPlan(values: { readonly json?: boolean | undefined }, prepared: Prepared, hint = ''): number {
  const isEmpty = prepared.plan.length === 0;
  print(values, planAsData(prepared), `${planAsText(prepared)}${isEmpty || hint === '' ? '' : `\n${hint}`}`);
  return CHAOS_EXIT[isEmpty ? 'nothing matched' : 'held'];
}

function planAsData({ options, targets, leftOut, refused, plan }: Prepared): unknown {
  return { seed: options.seed, inventory: inventoryOf(targets), leftOut, refused, plan };
}

function planAsText({ options, targets, leftOut, refused, plan, whyNothing }: Prepared): string {
  const groups = [...Map.groupBy(targets, ({ group }) => group)].map(([group, own]) => `${group} ${own.length}`);
  return [
    `Targets: ${targets.length === 0 ? 'none' : `${targets.length} (${groups.join(', ')})`}`,
    ...reasons(leftOut),
    ...unwell(targets),
    ...refused.map(({ fault, why }) => `Not here: ${fault}: ${why}`),
    ...(plan.length === 0 ? ['Nothing would be done', ...whyNothing.map((why) => `  ${why}`)] : [tableOf(plan)]),
    `Seed ${options.seed}: the same targets and the same seed give the same plan`,
  ].join('\n');
}

/** Who was left out for the same reason stands in one line. */
function reasons(leftOut: Prepared['leftOut']): string[] {
  return [...Map.groupBy(leftOut, ({ why }) => why)].map(([why, own]) =>
    `Left alone: ${own.map(({ name }) => name).join(', ')}: ${why}`
  );
}

function unwell(targets: Prepared['targets']): string[] {
  const sick = targets.filter(({ isWell }) => !isWell).map(({ name }) => name);
  return sick.length === 0 ? [] : [`Not well now, so nothing befalls them: ${sick.join(', ')}`];
}

function tableOf(plan: readonly PlannedFault[]): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return formatTable(
    ['', 'at', 'for', 'fault', 'victims'],
    plan.map((
      { number, atMs, forMs, fault, victims },
    ) => [`${number}`, seconds(atMs), seconds(forMs), fault, victims.join(' ')]),
  );
}
