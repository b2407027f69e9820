/** Bundles the program: a folder that runs on any Node (or Deno) with nothing installed. */
import { build } from 'esbuild';
import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** What the webui reads when it starts. */
const PAGE_FILES = ['index.html', 'icon.svg', 'dist'];

/** Makes `out` with main.mjs, thread.mjs, health.mjs and the page. */
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
  });
  await mkdir(join(outdir, 'page'), { recursive: true });
  for (const file of PAGE_FILES) {
    await cp(join(SOURCES, 'webui', 'page', file), join(outdir, 'page', file), { recursive: true });
  }
}
