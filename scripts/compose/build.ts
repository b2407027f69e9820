/** Builds what a Compose file builds, each image once, and writes into a label what it was built from. */
import type { Project } from '../lib/compose-project.ts';
import { localImage } from '../lib/local-image.ts';
import type { Progress } from '../lib/progress.ts';
import { type Overlay, withOverlay } from '../lib/with-overlay.ts';
import { type BuiltImage, neededImage } from './images.ts';
import { REVISION_LABEL, revisionOf } from './revision.ts';

/** One image may have to fetch its base and its packages. */
const BUILD_WITHIN_MS = 30 * 60_000;

export interface Built extends BuiltImage {
  readonly id: string;
  readonly sizeBytes: number;
  readonly seconds: number;
  readonly revision: string | undefined;
}

/** @throws CommandError with what the builder said */
export async function buildImages(
  project: Project,
  images: readonly BuiltImage[],
  progress: Progress,
): Promise<Built[]> {
  const revision = await revisionOf(project.directory);
  const built: Built[] = [];
  // One after the other: on a laptop two builds at a time are slower than one after the other, and nobody can read them.
  for (const image of images) {
    const from = performance.now();
    const overlay = revision === undefined ? {} : labelsOverlay(project, image.services[0]!, revision);
    await withOverlay(project, overlay, (files) =>
      project.compose(['build', image.services[0]!], {
        files,
        env: { REVISION: revision },
        withinMs: BUILD_WITHIN_MS,
        onLine: (line) => progress.now(`${image.name}: ${line}`),
      }));
    const { id, sizeBytes } = await neededImage(image.name);
    const seconds = (performance.now() - from) / 1000;
    progress.done(
      `${image.name} is built: ${id.slice(7, 19)}, ${(sizeBytes / 1e6).toFixed(0)} MB, ${seconds.toFixed(1)} s`,
    );
    built.push({ ...image, id, sizeBytes, seconds, revision });
  }
  return built;
}

/** Those of these images that this engine does not have. */
export async function missingImages(images: readonly BuiltImage[]): Promise<BuiltImage[]> {
  const found = await Promise.all(images.map(({ name }) => localImage(name)));
  return images.filter((_, at) => found[at] === undefined);
}

/** A builder is told labels by the file only, so there is one more file for them. */
function labelsOverlay({ version }: Project, service: string, revision: string): Overlay {
  // docker-compose knows build.labels from 2.1 and 3.3 on.
  if (version !== undefined && /^(2|2\.0|3|3\.[0-2])$/.test(version)) return {};
  return { services: { [service]: { build: { labels: { [REVISION_LABEL]: revision } } } } };
}
