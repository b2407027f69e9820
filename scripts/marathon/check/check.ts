/**
 * Whether Marathon takes a document, and does with it what was meant. Both are told in the same way: what it refuses depends on
 * its version and its flags, and what it takes in another sense hurts later.
 */
import { readDocument } from './context.ts';
import { comparePaths, formatPath } from './path.ts';
import { RULES } from './rules.ts';

export interface Finding {
  /** Its name: `id-segments`. */
  readonly rule: string;
  /** JSONPath: `$.apps[0].env.PORT`; also of what is missing, where it would stand. */
  readonly path: string;
  /** What is there, for people: `"My_App"`, `nothing`. */
  readonly found: string;
  /** What to write instead. */
  readonly fix: string;
}

/**
 * What is wrong with an app, a group, or a list of apps, by path, and at one path by rule. Never throws, whatever JSON it is;
 * the same document gives the same findings.
 */
export function checkMarathon(json: unknown): Finding[] {
  const context = readDocument(json);
  const faults = RULES.flatMap(({ name, check }) => check(context).map((fault) => ({ ...fault, rule: name })));
  faults.sort((a, b) => comparePaths(a.at, b.at) || compareTexts(a.rule, b.rule));
  return faults.map(({ rule, at, found, fix }) => ({ rule, path: formatPath(at), found, fix }));
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
