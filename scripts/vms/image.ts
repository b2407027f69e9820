/** The image of a machine: built from the folder lab, which goes to the engine as it is, wherever that runs. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { localImage } from '../lib/local-image.ts';
import { output } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';

/** The stages of the Dockerfile: with Docker inside, or without. */
export type Stage = 'docker' | 'plain';

const FOLDER = fileURLToPath(new URL('./lab', import.meta.url));

/** It installs packages, over whatever network there is. */
const BUILT_WITHIN_MS = 30 * 60_000;

/** What it will be called: one name for the same files upon the same base, so that it is built once. */
export async function imageName(stage: Stage, base = process.env.LAB_BASE): Promise<string> {
  const hash = createHash('sha256').update(`${base ?? ''}\n`);
  for (const file of (await readdir(FOLDER)).sort()) {
    hash.update(`${file}\n`).update(await readFile(join(FOLDER, file)));
  }
  return `coinroom-lab:${stage}-${hash.digest('hex').slice(0, 12)}`;
}

/** Builds it where the engine has not got it. Gives its name. */
export async function labImage(
  stage: Stage,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<string> {
  const name = await imageName(stage);
  if (await localImage(name)) return name;
  const from = performance.now();
  progress.now(`building ${name} (once)`);
  const base = process.env.LAB_BASE;
  await output([
    ...['docker', 'build', '--target', stage, '--tag', name],
    ...(base ? ['--build-arg', `LAB_BASE=${base}`] : []),
    FOLDER,
  ], {
    withinMs: BUILT_WITHIN_MS,
    signal,
    onLine: (line) => progress.now(`building ${name}: ${stripVTControlCharacters(line)}`),
  });
  progress.done(`${name} built in ${((performance.now() - from) / 1000).toFixed(0)} s`);
  return name;
}
