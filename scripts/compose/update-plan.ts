/** What an update would do: which containers, which image, and whether the old one has to stop first. */
import type { Project } from '../lib/compose-project.ts';
import type { Container } from '../lib/containers.ts';
import { localImage } from '../lib/local-image.ts';
import { output } from '../lib/process.ts';
import { builtImages, neededImage, serviceOf } from './images.ts';
import { whyNotTogether, whyOnlyOne } from './together.ts';

export interface UpdatePlan {
  readonly service: string;
  readonly image: string;
  /** The containers that will be replaced. */
  readonly old: readonly Container[];
  /** Why the old one has to stop first; undefined: the new one starts first. */
  readonly stopFirst: string | undefined;
}

/** @throws Error when the service does not run, or the image is not to be had */
export async function planUpdate(project: Project, service: string, image?: string): Promise<UpdatePlan> {
  const config = serviceOf(project, service);
  const running = (await project.containers(service)).filter(({ status }) => status === 'running');
  if (running.length === 0) throw new Error(`${service} does not run: ./scripts/compose.mjs up`);
  const wanted = image ?? config.image ?? project.builtName(service);
  const isBuilt = image === undefined && config.build !== undefined;
  const { id } = isBuilt ? await neededImage(wanted) : await localImage(wanted) ?? await pulled(wanted);
  const isSame = running.every(({ imageId }) => imageId === id);
  const old = isSame && (image !== undefined || await hasSameConfig(project, service, running)) ? [] : running;
  return { service, image: wanted, old, stopFirst: whyOnlyOne(config) ?? whyNotTogether(config) };
}

async function pulled(image: string): Promise<{ readonly id: string }> {
  await output(['docker', 'pull', '--quiet', image], { withinMs: 30 * 60_000 });
  return await neededImage(image);
}

async function hasSameConfig(project: Project, service: string, running: readonly Container[]): Promise<boolean> {
  const { stdout } = await project.compose(['config', '--hash', service]);
  const hash = stdout.trim().split(/\s+/).at(-1);
  return running.every(({ labels }) => labels['com.docker.compose.config-hash'] === hash);
}

/** The services to update: those that are named, or all that are built. */
export function servicesToUpdate(project: Project, names: readonly string[]): string[] {
  if (names.length > 0) return names.map((name) => (serviceOf(project, name), name));
  return builtImages(project).flatMap(({ services }) => [...services]);
}
