/** The verbs of kubernetes.mjs. */
import { readdirSync } from 'node:fs';
import { EXIT, runVerb, type Verb, verb } from '../lib/command-line.ts';
import { check } from './check-verb.ts';
import { generate } from './generate-verb.ts';

const VERBS: Readonly<Record<string, Verb>> = { generate, check };

/** Where you are, and the next command: it looks at this folder only, and at no cluster. */
const bare = verb({}, async () => {
  const files = readdirSync('.').filter((name) => /^(docker-)?compose(\.[\w.-]+)?\.ya?ml$/.test(name));
  // What compose.mjs push has written: `compose.1.yml`.
  const pushed = files.filter((name) => /\.\d[\w.-]*\.ya?ml$/.test(name)).sort().at(-1);
  process.stdout.write(`${nextStep(files.sort()[0], pushed)}\n`);
  return EXIT.done;
});

function nextStep(file: string | undefined, pushed: string | undefined): string {
  if (pushed !== undefined) {
    return `Here is ${pushed}, with images that have been pushed. Next: ./scripts/kubernetes.mjs generate -f ${pushed}`;
  }
  if (file === undefined) return 'There is no Compose file in this folder: ./scripts/kubernetes.mjs generate -f FILE';
  return `Here is ${file}. Its images have to be in a registry first: ./scripts/compose.mjs push --help`;
}

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb(VERBS, args, { bare });
}
