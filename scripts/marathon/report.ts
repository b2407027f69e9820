/** What is told while an application is computed: what is lost, and what was chosen where the file says nothing. */
import type { Loss } from '../lib/compose-model/losses.ts';
import type { Place, Service } from '../lib/compose-model/model.ts';

export interface Report {
  readonly losses: Loss[];
  /** Nothing of the file is missing by these; they are said because somebody may want them otherwise. */
  readonly choices: Loss[];
}

/** Where a service says something: the key itself, or one below it; else where the service begins. */
export function placeOf({ given, at }: Service, key: string): Place {
  return given.find((one) => one.key === key || one.key.startsWith(`${key}.`))?.at ?? at;
}

/** Aloud, with the place where it is written. */
export type Tell = (what: string, why: string) => void;

export function tellers({ losses, choices }: Report, service: Service): { readonly lose: Tell; readonly choose: Tell } {
  const into = (list: Loss[]): Tell => (what, why) =>
    void list.push({ service: service.name, what, why, at: placeOf(service, what) });
  return { lose: into(losses), choose: into(choices) };
}

/** ` (compose.yml, line 12)`, for the end of an error. */
export function said({ file, line }: Place): string {
  return ` (${file}, line ${line})`;
}
