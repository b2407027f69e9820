/** The images of a project: what they are called here, and in a registry. */
import { UsageError } from '../lib/command-line.ts';
import type { Project } from '../lib/compose-project.ts';
import { type LocalImage, localImage } from '../lib/local-image.ts';
import { output } from '../lib/process.ts';

export interface BuiltImage {
  /** What it is called on this engine. */
  readonly name: string;
  /** All that are made from it. */
  readonly services: readonly string[];
}

/** What the project builds. @throws UsageError when that is nothing, or a service is not among it */
export function builtImages(project: Project, services: readonly string[] = []): BuiltImage[] {
  for (const service of services) {
    const config = serviceOf(project, service);
    if (config.build === undefined) throw new UsageError(`${service} has no build: in ${project.files.join(', ')}`);
  }
  const byName = new Map<string, string[]>();
  for (const [service, { image, build }] of project.services) {
    if (build === undefined) continue;
    const name = image ?? project.builtName(service);
    byName.set(name, [...byName.get(name) ?? [], service]);
  }
  if (byName.size === 0) throw new UsageError(`No service of ${project.files.join(', ')} has a build:`);
  return [...byName].map(([name, users]) => ({ name, services: users }))
    .filter((image) => services.length === 0 || image.services.some((user) => services.includes(user)));
}

/** @throws UsageError that names the services there are */
export function serviceOf(project: Project, name: string) {
  const config = project.services.get(name);
  if (config) return config;
  throw new UsageError(`There is no service ${name}: there are ${[...project.services.keys()].join(', ')}`);
}

/** The parts of an image's name: `host:port/path:tag@digest`. */
export interface ImageName {
  /** Undefined: Docker Hub's. */
  readonly host: string | undefined;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** By the rule of Docker: what stands before the first slash is a host if it has a dot or a port, or is localhost. */
export function parseImageName(name: string): ImageName {
  const [, host, path, tag, digest] =
    /^(?:((?:[^/]*[.:][^/]*|localhost))\/)?([^:@]+)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]+))?$/.exec(name) ?? [];
  if (path === undefined) throw new UsageError(`${JSON.stringify(name)} is no name of an image`);
  return { host, path, tag, digest };
}

export interface TargetOptions {
  /** `host:port`, or that with a path; undefined: where its own name says. */
  readonly registry: string | undefined;
  readonly version: string;
}

/**
 * What an image is called in a registry.
 *
 * @throws UsageError when no registry is given, and the image's own name has none
 */
export function targetName(name: string, { registry, version }: TargetOptions): string {
  const { host, path } = parseImageName(name);
  if (registry !== undefined) return `${registry.replace(/\/+$/, '')}/${path}:${version}`;
  if (host === undefined && !path.includes('/')) {
    throw new UsageError(`Cannot tell where ${name} is to go: give --registry HOST[:PORT][/PATH], or set REGISTRY`);
  }
  return `${host === undefined ? '' : `${host}/`}${path}:${version}`;
}

/** What this engine has under a name. @throws Error that says how it is made when that is nothing */
export async function neededImage(name: string): Promise<LocalImage> {
  const image = await localImage(name);
  if (image) return image;
  await output(['docker', 'version', '--format', '{{.Server.Version}}']);
  throw new Error(`There is no image ${name} here yet: ./scripts/compose.mjs build`);
}
