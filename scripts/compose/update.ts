/**
 * Replaces the containers of a service, one after the other: a new one is started beside the old, and only when it is
 * healthy is the old one told to end. A new one that does not get well is removed, those replaced before it are
 * replaced back, and the service is as it was.
 *
 * What cannot run twice (a fixed port, a volume that two would write) is stopped before its successor starts; that
 * gap is measured and told.
 */
import { existsSync } from 'node:fs';
import type { Project } from '../lib/compose-project.ts';
import { type Container, inspectContainers, untilHealthy } from '../lib/containers.ts';
import { nameOf } from '../lib/local-image.ts';
import { parseDuration } from '../lib/marked-commands.ts';
import { output } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';
import { startContainers } from '../lib/start-containers.ts';
import { type Overlay, withOverlay } from '../lib/with-overlay.ts';
import type { UpdatePlan } from './update-plan.ts';

/** What an engine gives a container to end, if nothing else is said. */
const DEFAULT_GRACE = '10s';

export interface UpdateOptions {
  /** Instead of the file's. */
  readonly image?: string | undefined;
  /** For a new container to get healthy, ms. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface Updated {
  readonly service: string;
  /** How many were replaced; 0: they were up to date. */
  readonly replaced: number;
  readonly seconds: number;
  /** How long none of the service ran, ms. */
  readonly gapMs: number;
}

/** @throws Error with the reason when the new version is sick; the service then runs what it had run before */
export async function updateService(project: Project, plan: UpdatePlan, options: UpdateOptions): Promise<Updated> {
  const { service, old, stopFirst } = plan;
  const { progress } = options;
  const from = performance.now();
  if (old.length === 0) {
    progress.done(`${service} runs ${plan.image} already`);
    return { service, replaced: 0, seconds: 0, gapMs: 0 };
  }
  if (stopFirst !== undefined) progress.done(`${service} stops before its successor starts: ${stopFirst}`);
  const overlay = options.image === undefined ? {} : { services: { [service]: { image: options.image } } };
  let gapMs = 0;
  let replaced = 0;
  try {
    if (stopFirst === undefined) {
      for (const container of old) {
        const fresh = await startBeside(project, service, overlay, options);
        replaced++;
        await stop(project, container, progress);
        progress.done(`${service} ${replaced} of ${old.length}: ${fresh.name} has taken over from ${container.name}`);
      }
    } else {
      gapMs = await recreate(project, service, overlay, options);
      replaced = old.length;
    }
  } catch (error) {
    progress.done(`${service}: ${(error as Error).message.split('\n')[0]}; going back`);
    await goBack(project, plan, options);
    throw new Error(`Cannot update ${service}, which runs what it had run before: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return { service, replaced, seconds: (performance.now() - from) / 1000, gapMs };
}

/** Starts one more container of a service, and waits until it is healthy; one that does not get well is removed. */
async function startBeside(
  project: Project,
  service: string,
  overlay: Overlay,
  { withinMs, signal, progress }: Omit<UpdateOptions, 'image'>,
): Promise<Container> {
  const before = await project.containers(service);
  // A stopped one would be counted as one that could be started instead.
  const stopped = before.filter(({ status }) => status === 'exited' || status === 'created');
  if (stopped.length > 0) await remove(stopped);
  const count = before.length - stopped.length + 1;
  const known = new Set(before.map(({ id }) => id));
  const added = async (): Promise<Container[]> =>
    (await project.containers(service)).filter(({ id }) => !known.has(id));
  try {
    await withOverlay(
      project,
      overlay,
      (files) =>
        startContainers(project, ['--no-deps', '--no-recreate', '--scale', `${service}=${count}`, service], {
          files,
          signal,
        }),
    );
    const [fresh] = await added();
    if (!fresh) throw new Error(`Compose has started no further container of ${service}`);
    progress.now(`${service}: waiting for ${fresh.name} to be healthy`);
    return await untilHealthy(fresh.id, { withinMs, signal });
  } catch (error) {
    const sick = await added();
    if (sick.length > 0) await remove(sick);
    throw error;
  }
}

/** Gives it its time to end, says so if that was not enough, and removes it with its own volumes. */
async function stop(project: Project, container: Container, progress: Progress): Promise<void> {
  const grace = parseGrace(project.services.get(container.service!)?.stop_grace_period ?? DEFAULT_GRACE);
  await output(['docker', 'stop', '--time', String(Math.ceil(grace / 1000)), container.id], {
    withinMs: grace + 60_000,
  });
  const [ended] = await inspectContainers([container.id]);
  if (ended && ended.exitCode !== 0) {
    progress.done(`${container.name} ended with ${ended.exitCode}${ended.exitCode === 137 ? ': it was killed' : ''}`);
  }
  await remove([container]);
}

/** Compose writes `1m30s` where the file says 90s. */
function parseGrace(text: string): number {
  return [...text.matchAll(/\d+[a-z]+/g)].reduce((sum, [part]) => sum + parseDuration(part), 0);
}

async function remove(containers: readonly Container[]): Promise<void> {
  await output(['docker', 'rm', '--force', '--volumes', ...containers.map(({ id }) => id)]);
}

/** Gives how long none of them ran, ms. */
async function recreate(
  project: Project,
  service: string,
  overlay: Overlay,
  { withinMs, signal, progress }: Omit<UpdateOptions, 'image'>,
): Promise<number> {
  const from = performance.now();
  await withOverlay(
    project,
    overlay,
    (files) => startContainers(project, ['--no-deps', '--force-recreate', service], { files, signal }),
  );
  for (const { id, name } of await project.containers(service)) {
    progress.now(`${service}: waiting for ${name} to be healthy`);
    await untilHealthy(id, { withinMs, signal });
  }
  const gapMs = performance.now() - from;
  progress.done(`${service} was away for ${(gapMs / 1000).toFixed(1)} s at most`);
  return gapMs;
}

/**
 * As many as there were, of the image that they were, by the files that they were made from where those are still
 * there: what has been changed in a file since then, they get.
 */
async function goBack(
  project: Project,
  { service, old, stopFirst }: UpdatePlan,
  options: UpdateOptions,
): Promise<void> {
  const overlay = { services: { [service]: { image: await nameOf(old[0]!) } } };
  const files = (old[0]!.labels['com.docker.compose.project.config_files'] ?? '').split(',').filter(existsSync);
  const before = files.length > 0 ? { ...project, files } : project;
  // What stopped the update must not stop the way back.
  const back = { ...options, signal: new AbortController().signal };
  if (stopFirst !== undefined) return void await recreate(before, service, overlay, back);
  const kept = new Set(old.map(({ id }) => id));
  const fresh = (await project.containers(service)).filter(({ id }) => !kept.has(id));
  for (const container of fresh) {
    await startBeside(before, service, overlay, back);
    await stop(project, container, options.progress);
  }
}
