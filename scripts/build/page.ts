/** Bundles what browsers get. The result is committed, so that users need no bundler; a test builds it again. */
import { build, type BuildOptions, context } from 'esbuild';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGE = fileURLToPath(new URL('../../src/webui/page/', import.meta.url));

const options = {
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

/** Writes the bundle of the page into its folder. */
export async function buildPage(): Promise<void> {
  await build(options);
}

/** The same at every change, until Ctrl-C. */
export async function watchPage(): Promise<void> {
  const watcher = await context({ ...options, logLevel: 'info' });
  await watcher.watch();
  await once(process, 'SIGINT');
  await watcher.dispose();
}

/** The bundle of the page as it should be: text by file name. */
export async function bundlePage(): Promise<Map<string, string>> {
  const { outputFiles } = await build({ ...options, write: false });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}
