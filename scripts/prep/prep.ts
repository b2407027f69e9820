/** The verbs of prep.mjs. */
import { runVerb, type Verb } from '../lib/command-line.ts';
import { all, resume } from './all.ts';
import { cards } from './cards.ts';
import { check } from './check.ts';
import { close } from './close.ts';
import { copykey } from './copykey.ts';
import { dns } from './dns.ts';
import { init } from './init.ts';
import { instructor, spares, swap } from './roles.ts';
import { post } from './post.ts';
import { repository } from './repository.ts';
import { openTerminal, runCommand } from './run.ts';
import { status } from './status.ts';
import { warm } from './warm.ts';
import { www } from './www.ts';

const VERBS: Readonly<Record<string, Verb>> = {
  ...{ init, check, copykey, post, repository, warm, www, dns, cards, instructor, spares, swap },
  ...{ run: runCommand, ssh: openTerminal, status, resume, all, close },
};

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb(VERBS, args, { bare: status });
}
