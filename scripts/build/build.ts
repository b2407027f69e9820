/** What is built: the page for browsers, and the program for images. */
import { parseArgs } from 'node:util';
import { buildPage, watchPage } from './page.ts';
import { buildProgram } from './program.ts';

const USAGE_ERROR = 2;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [what, ...flags] = args;
  try {
    if (what === 'page') {
      const { watch } = parseArgs({ args: flags, options: { watch: { type: 'boolean' } } }).values;
      await (watch ? watchPage() : buildPage());
    } else if (what === 'program') {
      const { out } = parseArgs({ args: flags, options: { out: { type: 'string', default: 'dist' } } }).values;
      await buildProgram(out);
    } else {
      throw new TypeError(`build.mjs builds page or program; got ${JSON.stringify(what ?? '')}`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return USAGE_ERROR;
  }
}
