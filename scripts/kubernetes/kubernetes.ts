/** The verbs of kubernetes.mjs. */
import { runVerb, type Verb } from '../lib/command-line.ts';
import { whereWithCompose } from '../lib/compose-here.ts';
import { check } from './check-verb.ts';
import { generate } from './generate-verb.ts';

const VERBS: Readonly<Record<string, Verb>> = { generate, check };

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb(VERBS, args, { bare: whereWithCompose('kubernetes.mjs') });
}
