/** What a guard of ours says that it is. */

export interface GuardWhat {
  readonly run: string;
  /** Or stack; undefined for machines. */
  readonly project: string | undefined;
  readonly fault: string;
  readonly victim: string;
  readonly site: string;
  readonly forMs: number;
  /** ISO 8601, by the clock of whoever has armed it. */
  readonly at: string;
}

/** A fault of that name is none: it is the sign that somebody is at work. */
export const LOCK = 'monkey';

/** The id of that guard: one for each project. */
export function lockOf(project: string | undefined): string {
  return project === undefined ? LOCK : `${LOCK}-${project}`;
}

/** Of the guard of one victim. */
export function idOf(run: string, number: number, at: number): string {
  return at === 0 ? `${run}-${number}` : `${run}-${number}-${at + 1}`;
}

/** Of somebody's guard, perhaps of another version of ours. */
export function parseWhat(text: string): Partial<GuardWhat> {
  try {
    return JSON.parse(text) as Partial<GuardWhat>;
  } catch {
    return {};
  }
}
