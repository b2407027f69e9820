/** Bundles the program: a folder that runs on any Node (or Deno) with nothing installed. */
import { build, type Plugin } from 'esbuild';
import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readChapters } from '../../src/www/chapters.ts';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** What webui and www read when they start; both look into the folder `page` beside them, which in the bundle is one. */
const PAGE_FILES = {
  webui: ['index.html', 'icon.svg', 'dist'],
  www: ['www.js', 'www.css', 'www.svg'],
};

/** The module that renders the chapters becomes the chapters, rendered now. */
const renderedChapters: Plugin = {
  name: 'rendered chapters',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]www[\\/]chapters\.ts$/ }, () => ({
      contents: `export const readChapters = () => ${JSON.stringify(readChapters())};`,
    }));
  },
};

/** Makes `out` with main.mjs, thread.mjs, health.mjs and the pages. */
export async function buildProgram(out: string): Promise<void> {
  const outdir = resolve(out);
  await build({
    absWorkingDir: SOURCES,
    entryPoints: [
      { in: 'main.ts', out: 'main' },
      // esbuild does not follow worker addresses: the thread is looked for beside the file that starts it.
      { in: 'worker/thread.ts', out: 'thread' },
      { in: 'health.ts', out: 'health' },
    ],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    minify: true,
    keepNames: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    // node-redis is CommonJS, and asks for Node's own modules in its way.
    banner: { js: "import{createRequire as _r}from'node:module';const require=_r(import.meta.url);" },
    charset: 'utf8',
    legalComments: 'eof',
    logLevel: 'warning',
    plugins: [renderedChapters],
  });
  await mkdir(join(outdir, 'page'), { recursive: true });
  for (const [role, files] of Object.entries(PAGE_FILES)) {
    for (const file of files) {
      await cp(join(SOURCES, role, 'page', file), join(outdir, 'page', file), { recursive: true });
    }
  }
}
