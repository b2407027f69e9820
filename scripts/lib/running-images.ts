import type { Project } from './compose-project.ts';
import type { Engine } from './engine.ts';
import { localImage, nameOf } from './local-image.ts';
import type { Overlay } from './with-overlay.ts';

/**
 * An overlay for these services that keeps what runs: after an update by image, the file still names the old one.
 * Nothing, where the file names what runs.
 */
export async function runningImages(project: Project, services: readonly string[], engine?: Engine): Promise<Overlay> {
  const others: Record<string, { image: string }> = {};
  for (const service of services) {
    const newest = (await project.containers(service, engine)).filter(({ status }) => status === 'running').at(-1);
    const named = project.services.get(service)!.image ?? project.builtName(service);
    if (newest && (await localImage(named, engine))?.id !== newest.imageId) {
      others[service] = { image: await nameOf(newest, engine) };
    }
  }
  return Object.keys(others).length === 0 ? {} : { services: others };
}
