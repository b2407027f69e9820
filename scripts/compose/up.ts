/** Starts, scales and shows a project, until all of it is healthy. */
import { UsageError } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import { addressOf, type Container, isLoopback, type PublishedPort, untilHealthy } from '../lib/containers.ts';
import { bracketed, defaultEngine } from '../lib/engine.ts';
import { inParallel } from '../lib/in-parallel.ts';
import type { Progress } from '../lib/progress.ts';
import { runningImages } from '../lib/running-images.ts';
import { startContainers } from '../lib/start-containers.ts';
import { formatTable } from '../lib/table.ts';
import { withOverlay } from '../lib/with-overlay.ts';
import { type BuiltImage, builtImages, serviceOf } from './images.ts';
import { buildImages, missingImages } from './build.ts';
import { whyOnlyOne } from './together.ts';

export interface WaitingOptions {
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** What has to be built before the project can start. */
export async function imagesToBuild(project: Project): Promise<BuiltImage[]> {
  const isBuilt = [...project.services.values()].some(({ build }) => build !== undefined);
  return isBuilt ? await missingImages(builtImages(project)) : [];
}

/** Builds what is missing, starts what does not run, takes no container away that scale has added. Gives their ids. */
export async function startProject(project: Project, options: WaitingOptions): Promise<ReadonlySet<string>> {
  const { progress } = options;
  const missing = await imagesToBuild(project);
  if (missing.length > 0) await buildImages(project, missing, progress);
  const counts = Map.groupBy(await project.containers(), ({ service }) => service);
  const scales = [...counts].filter(([, { length }]) => length > 1).map(([name, { length }]) => `${name}=${length}`);
  await startContainers(project, scales.flatMap((scale) => ['--scale', scale]), {
    onLine: (line) => progress.now(line),
  });
  return await untilAllHealthy(await project.containers(), options);
}

/** `rng=3` -> `['rng', 3]` @throws UsageError naming what cannot be, and why */
export function parseScales(project: Project, words: readonly string[]): Map<string, number> {
  if (words.length === 0) throw new UsageError('Say what to scale: SERVICE=COUNT, such as worker=10');
  return new Map(words.map((word) => {
    const [, service, count] = /^([^=]+)=(\d{1,4})$/.exec(word) ?? [];
    if (service === undefined) throw new UsageError(`A scale is SERVICE=COUNT, such as worker=10; got ${word}`);
    const reason = whyOnlyOne(serviceOf(project, service));
    if (Number(count) > 1 && reason !== undefined) {
      throw new UsageError(`Cannot scale ${service} to ${count}: ${reason}`);
    }
    return [service, Number(count)];
  }));
}

/** Makes it so many containers of these services, of the image that they run already. Others are left alone. */
export async function scaleServices(
  project: Project,
  scales: ReadonlyMap<string, number>,
  options: WaitingOptions,
): Promise<ReadonlySet<string>> {
  const services = [...scales.keys()];
  const args = [...scales].flatMap(([service, count]) => ['--scale', `${service}=${count}`]);
  const overlay = await runningImages(project, services);
  await withOverlay(
    project,
    overlay,
    (files) =>
      startContainers(project, ['--no-deps', '--no-recreate', ...args, ...services], {
        files,
        onLine: (line) => options.progress.now(line),
      }),
  );
  const containers = await Promise.all(services.map((service) => project.containers(service)));
  return await untilAllHealthy(containers.flat(), options);
}

/** To look at many at once takes the machine from those that start on it. */
const LOOKS_AT_ONCE = 4;

/** Gives the ids of all. */
async function untilAllHealthy(
  containers: readonly Container[],
  { withinMs, signal, progress }: WaitingOptions,
): Promise<ReadonlySet<string>> {
  const waiting = new Set(containers.map(({ name }) => name));
  const results = await inParallel(containers, LOOKS_AT_ONCE, async ({ id, name }) => {
    // A job that has done its work is as well as it can be.
    await untilHealthy(id, { withinMs, signal, mayEnd: true });
    waiting.delete(name);
    progress.now(`waiting for ${[...waiting].join(', ')}`);
  });
  signal.throwIfAborted();
  const failed = results.flatMap((result) => result.status === 'rejected' ? [result.reason.message as string] : []);
  if (failed.length > 0) throw new Error(failed.join('\n'));
  progress.done(`${containers.length} ${containers.length === 1 ? 'container is' : 'containers are'} healthy`);
  return new Set(containers.map(({ id }) => id));
}

export interface Row {
  readonly service: string;
  readonly container: string;
  readonly state: string;
  readonly image: string;
  /** Where its ports are from here. */
  readonly urls: readonly string[];
}

/**
 * The project's containers, and where they can be reached. `healthy` are the ids of those that were found well just now,
 * which their engine may not have noticed yet.
 */
export async function describeProject(project: Project, healthy: ReadonlySet<string> = new Set()): Promise<Row[]> {
  const { address = 'localhost' } = defaultEngine();
  const at = (port: PublishedPort): string =>
    `${bracketed(isLoopback(port) ? address : addressOf(port, address))}:${port.hostPort}`;
  return (await project.containers()).map(({ id, service, name, status, health, image, ports }) => ({
    service: service!,
    container: name,
    state: status !== 'running' ? status : health === 'starting' && healthy.has(id) ? 'healthy' : health ?? status,
    image,
    urls: ports.map((port) => port.protocol === 'tcp' ? `http://${at(port)}` : `${at(port)}/${port.protocol}`),
  }));
}

export function formatProject(rows: readonly Row[]): string {
  const cells = rows.map(({ service, container, state, image, urls }) => [
    service,
    container,
    state,
    image.replace(/@sha256:(\w{12})\w+$/, '@$1…'),
    urls.join(' '),
  ]);
  return formatTable(['service', 'container', 'state', 'image', 'where'], cells);
}
