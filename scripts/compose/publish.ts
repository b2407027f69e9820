/** The way of images into a registry: tag, push, proof, and the Compose file that names them by digest. */
import { readFile, writeFile } from 'node:fs/promises';
import { inParallel } from '../lib/in-parallel.ts';
import { localImage } from '../lib/local-image.ts';
import { CommandError, output, run } from '../lib/process.ts';
import type { Project } from '../lib/compose-project.ts';
import type { Progress } from '../lib/progress.ts';
import { type BuiltImage, neededImage, parseImageName, targetName } from './images.ts';
import { pinImages, type PinnedImage } from './pin.ts';
import { pinnedHead, pinnedPath } from './pinned-file.ts';
import { REVISION_LABEL, revisionOf, versionOf } from './revision.ts';

/** A slow line of a conference, and an image of some hundred MB. */
const PUSH_WITHIN_MS = 30 * 60_000;

/** More than these at once only wait for each other. */
const PUSHES_AT_ONCE = 3;

export interface Target extends BuiltImage {
  readonly version: string;
  /** Its name with registry and version. */
  readonly target: string;
}

export interface TargetsOptions {
  readonly registry: string | undefined;
  /** As given by the user. */
  readonly version: string | undefined;
}

/**
 * What each image is to be called. The version is that of the sources which it was built from.
 *
 * @throws Error when an image is not built, or two of them would have different versions
 */
export async function targetsOf(
  project: Project,
  images: readonly BuiltImage[],
  { registry, version: given }: TargetsOptions,
): Promise<Target[]> {
  const present = await revisionOf(project.directory);
  const targets: Target[] = [];
  for (const image of images) {
    const { labels } = await neededImage(image.name);
    const version = await versionOf(project.directory, { revision: labels[REVISION_LABEL] ?? present, given });
    targets.push({ ...image, version, target: targetName(image.name, { registry, version }) });
  }
  const versions = new Set(targets.map(({ version }) => version));
  if (versions.size > 1) {
    const list = targets.map(({ name, version }) => `${name} ${version}`).join(', ');
    throw new Error(`The images were built from different sources (${list}): build them again`);
  }
  return targets;
}

export async function tagImages(targets: readonly Target[], progress: Progress): Promise<void> {
  for (const { name, target } of targets) {
    await output(['docker', 'tag', name, target]);
    progress.done(`${name} is ${target}`);
  }
}

export interface Pushed extends Target {
  /** `repository@sha256:…` */
  readonly reference: string;
}

/**
 * Pushes all of them, and asks the registry for each by its digest: what it then answers, the engine has verified.
 *
 * @throws Error that names each image which did not get there
 */
export async function pushImages(
  targets: readonly Target[],
  progress: Progress,
  signal: AbortSignal,
): Promise<Pushed[]> {
  for (const { name, target } of targets) {
    const [local, tagged] = [await neededImage(name), await localImage(target)];
    if (tagged?.id !== local.id) throw new Error(`${name} is not tagged as ${target} yet: ./scripts/compose.mjs tag`);
  }
  const states = new Map<string, string>();
  const tell = (target: string, state: string): void => {
    states.set(target, state);
    progress.now([...states].map(([name, now]) => `${name}: ${now}`).join(' · '));
  };
  const results = await inParallel(targets, PUSHES_AT_ONCE, async (target): Promise<Pushed> => {
    const reference = await push(target.target, (state) => tell(target.target, state), signal);
    progress.done(`${target.target} is pushed: ${reference.split('@')[1]}`);
    return { ...target, reference };
  });
  signal.throwIfAborted();
  const failed = results.flatMap((result, at) =>
    result.status === 'rejected' ? [`Cannot push ${targets[at]!.target}: ${result.reason.message}`] : []
  );
  if (failed.length > 0) throw new Error(failed.join('\n'));
  return results.flatMap((result) => result.status === 'fulfilled' ? [result.value] : []);
}

async function push(target: string, tell: (state: string) => void, signal: AbortSignal): Promise<string> {
  const layers = new Map<string, boolean>();
  let digest: string | undefined;
  const command = ['docker', 'push', target];
  const finished = await run(command, {
    withinMs: PUSH_WITHIN_MS,
    signal,
    onLine: (line) => {
      digest = /\bdigest: (sha256:[0-9a-f]{64})\b/.exec(line)?.[1] ?? digest;
      const [, layer, state] = /^([0-9a-f]{12}): (.+)$/.exec(line) ?? [];
      if (layer === undefined) return;
      layers.set(layer, /Pushed|exists|Mounted/.test(state!));
      tell(`${[...layers.values()].filter(Boolean).length} of ${layers.size} layers`);
    },
  });
  if (finished.code !== 0) throw pushError(target, new CommandError(command, finished));
  if (digest === undefined) throw new Error('the registry has told no digest');
  const { host, path } = parseImageName(target);
  const reference = `${host === undefined ? '' : `${host}/`}${path}@${digest}`;
  tell('asking for it again');
  await output(['docker', 'pull', '--quiet', reference], { signal }).catch((error: Error) => {
    throw new Error(`it was pushed, but the registry does not answer with it: ${error.message}`, { cause: error });
  });
  return reference;
}

function pushError(target: string, error: CommandError): Error {
  const isDenied = /unauthorized|denied|authentication required|no basic auth/i.test(error.finished.stderr);
  const { host = 'docker.io' } = parseImageName(target);
  return isDenied ? new Error(`${host} refuses it: docker login ${host}`, { cause: error }) : error;
}

/**
 * Writes the pinned file beside each Compose file that builds. Images of others are pinned as well, if a registry has
 * told their digest to this engine; they are named otherwise.
 */
export async function writePinned(project: Project, pushed: readonly Pushed[], progress: Progress): Promise<string[]> {
  const images = new Map<string, PinnedImage>();
  for (const { services, reference, version } of pushed) {
    for (const service of services) images.set(service, { reference, note: version });
  }
  for (const [service, { image, build }] of project.services) {
    if (image === undefined || build !== undefined) continue;
    const { host, path, tag, digest } = parseImageName(image);
    if (digest !== undefined) continue;
    const repository = `${host === undefined ? '' : `${host}/`}${path}`;
    const reference = (await localImage(image))?.digests.find((one) => one.startsWith(`${repository}@`));
    if (reference !== undefined) images.set(service, { reference, note: tag ?? 'latest' });
    else progress.done(`${service} stays ${image}: no registry has told this engine its digest`);
  }
  const [{ version }] = pushed as readonly [Pushed];
  const written: string[] = [];
  for (const file of project.files) {
    const text = await readFile(file, 'utf8');
    const pinned = pinImages(text, images, file);
    if (pinned === text) continue;
    const path = pinnedPath(file, version);
    await writeFile(path, pinnedHead(file, version) + pinned);
    written.push(path);
  }
  return written;
}
