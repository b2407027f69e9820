/** Where you are, for a script that computes something of Compose files: what is in this folder, and the next command. */
import { readdirSync } from 'node:fs';
import { EXIT, type Verb, verb } from './command-line.ts';

/** @param script `kubernetes.mjs`: its `generate` comes next. Looks at this folder only. */
export function whereWithCompose(script: string): Verb {
  return verb({}, async () => {
    const files = readdirSync('.').filter((name) => /^(docker-)?compose(\.[\w.-]+)?\.ya?ml$/.test(name));
    // What compose.mjs push has written: `compose.1.yml`.
    const pushed = files.filter((name) => /\.\d[\w.-]*\.ya?ml$/.test(name)).sort().at(-1);
    process.stdout.write(`${nextStep(script, shortest(files), pushed)}\n`);
    return EXIT.done;
  });
}

/** `compose.yml` before `compose.full.yml`. */
function shortest(files: readonly string[]): string | undefined {
  return files.toSorted((a, b) => a.length - b.length || (a < b ? -1 : 1))[0];
}

function nextStep(script: string, file: string | undefined, pushed: string | undefined): string {
  if (pushed !== undefined) {
    return `Here is ${pushed}, with images that have been pushed. Next: ./scripts/${script} generate -f ${pushed}`;
  }
  if (file === undefined) return `There is no Compose file in this folder: ./scripts/${script} generate -f FILE`;
  return `Here is ${file}. Its images have to be in a registry first: ./scripts/compose.mjs push --help`;
}
