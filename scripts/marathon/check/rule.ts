import type { App, Context } from './context.ts';
import type { Path } from './path.ts';

/** What a rule has found, at one place. */
export interface Fault {
  /** May be a place where nothing stands yet. */
  readonly at: Path;
  /** What is there, in a few words. */
  readonly found: string;
  /** What to write instead. */
  readonly fix: string;
}

export interface Rule {
  /** `id-segments` */
  readonly name: string;
  /** Rules of one number, 1 to 26, come of one fact about Marathon; undefined: of its types, or of its code. */
  readonly number?: number;
  /** One sentence: what is right. */
  readonly description: string;
  /** Never throws, whatever the document is. */
  readonly check: (context: Context) => readonly Fault[];
}

/** A check that looks at each app by itself. */
export function ofApps(check: (app: App) => readonly Fault[]): Rule['check'] {
  return ({ apps }) => apps.flatMap(check);
}
