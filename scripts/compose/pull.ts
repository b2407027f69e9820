/** Gets the images of a pinned file, on this engine or on every host of a list. */
import { UsageError } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { localImage } from '../lib/local-image.ts';
import { CommandError, output, run } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';
import { parseImageName } from './images.ts';

const PULL_WITHIN_MS = 30 * 60_000;

const PULLS_AT_ONCE = 3;

/** What all services of a project run. @throws UsageError naming one that is only built */
export function imagesToPull(project: Project): string[] {
  const images = [...project.services].map(([service, { image, build }]) => {
    if (build === undefined && image !== undefined) return image;
    throw new UsageError(`${service} is built here and not pulled: give the file that push has written, with -f`);
  });
  return [...new Set(images)];
}

/**
 * Pulls them here. What comes by digest, the engine verifies as it comes, and what it has by digest is not asked for
 * again. By tag it is asked whether there is a newer one; where nobody answers, what is here has to do.
 *
 * @throws Error that names each image which did not come
 */
export async function pullImages(images: readonly string[], progress: Progress, signal: AbortSignal): Promise<void> {
  const results = await inParallel(images, PULLS_AT_ONCE, async (image) => {
    progress.now(`pulling ${image}`);
    progress.done(`${image} ${await pull(image, signal)}`);
  });
  signal.throwIfAborted();
  const failed = results.flatMap((result, at) =>
    result.status === 'rejected' ? [`Cannot pull ${images[at]}: ${result.reason.message}`] : []
  );
  if (failed.length > 0) throw new Error(failed.join('\n'));
}

/** Gives what has become of it, for people. */
async function pull(image: string, signal: AbortSignal): Promise<string> {
  const command = ['docker', 'pull', '--quiet', image];
  const options = { withinMs: PULL_WITHIN_MS, signal };
  if (isByDigest(image)) {
    if (await localImage(image)) return 'was here';
    await output(command, options);
    if (!await localImage(image)) throw new Error('the engine has another digest');
    return 'is here';
  }
  const finished = await run(command, options);
  if (finished.code === 0) return 'is here: by tag, which may be another image tomorrow';
  if (await localImage(image)) return 'was here; nobody could be asked for a newer one';
  throw new CommandError(command, finished);
}

export function isByDigest(image: string): boolean {
  return parseImageName(image).digest !== undefined;
}
