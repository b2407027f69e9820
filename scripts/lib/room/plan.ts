/** What `--dry-run` shows: what would be run, where. */
export interface PlannedScript {
  /** Of the machine. */
  readonly name: string;
  /** What it is for. */
  readonly step: string;
  /** For sh there; in the place of a secret it has `…`. */
  readonly script: string;
}

export function formatPlan(plan: readonly PlannedScript[]): string {
  return plan.map(({ name, step, script }) => `${name}: ${step}\n${script.trim().replaceAll(/^(?=.)/gm, '    ')}`)
    .join('\n');
}
