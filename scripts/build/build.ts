/** Bundles what browsers get. The result is committed, so that users need no bundler; a test builds it again. */
import { build, type BuildOptions, context } from 'esbuild';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [what, ...flags] = args;
  if (what !== 'page' || flags.some((flag) => flag !== '--watch')) {
    process.stderr.write(`build.mjs takes page and --watch; got ${JSON.stringify(args.join(' '))}\n`);
    return 2;
  }
  if (flags.length === 0) {
    await build(pageOptions);
    return 0;
  }
  const watcher = await context({ ...pageOptions, logLevel: 'info' });
  await watcher.watch();
  await once(process, 'SIGINT');
  await watcher.dispose();
  return 0;
}

const PAGE = fileURLToPath(new URL('../../src/webui/page/', import.meta.url));

const pageOptions = {
  absWorkingDir: PAGE,
  entryPoints: ['page.ts', 'page.css'],
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'eof',
  logLevel: 'warning',
} satisfies BuildOptions;

/** The bundle of the page as it should be: text by file name. */
export async function bundlePage(): Promise<Map<string, string>> {
  const { outputFiles } = await build({ ...pageOptions, write: false });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}
