import type { Project } from '../lib/compose-project.ts';
import type { Engine } from '../lib/engine.ts';
import { runningImages } from '../lib/running-images.ts';
import { startContainers } from '../lib/start-containers.ts';
import { withOverlay } from '../lib/with-overlay.ts';
import type { Placed } from './sight.ts';

/**
 * Has Compose make the containers of these services anew from other files, as many as there are, of the images that
 * run, and no others.
 */
export async function recreate(
  project: Project,
  containers: readonly Placed[],
  { files, signal }: { readonly files: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  for (const [engine, own] of Map.groupBy(containers, (one) => one.engine)) {
    const services = [...new Set(own.map(({ container }) => container.service!))];
    await recreateOn(engine, { ...project, files }, services, signal);
  }
}

async function recreateOn(
  engine: Engine,
  project: Project,
  services: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const all = await project.containers(undefined, engine);
  const scales = services.map((service) => `${service}=${all.filter((one) => one.service === service).length}`);
  const images = await runningImages(project, services, engine);
  const args = ['--no-deps', ...scales.flatMap((scale) => ['--scale', scale]), ...services];
  await withOverlay(project, images, (files) => startContainers(project, args, { files, signal, env: engine.env }));
}
