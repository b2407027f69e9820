/** The verbs of swarm.mjs. */
import { runVerb, type Verb } from '../lib/command-line.ts';
import { activate, drain } from './availability.ts';
import { cadvisor } from './cadvisor.ts';
import { certs } from './certs.ts';
import { rollback, scale, update } from './change.ts';
import { check } from './check.ts';
import { context } from './context.ts';
import { deploy } from './deploy.ts';
import { hello } from './hello.ts';
import { init, join, token } from './join.ts';
import { leave } from './leave.ts';
import { status } from './status.ts';

const VERBS: Readonly<Record<string, Verb>> = {
  ...{ certs, init, token, join, context, check, hello },
  ...{ deploy, scale, update, rollback, drain, activate, cadvisor, status, leave },
};

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb(VERBS, args, { bare: status });
}
