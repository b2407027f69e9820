/** The flags that the verbs share, and what they open. */
import { enginesBehind } from '../lib/classic-swarm.ts';
import { asUsage } from '../lib/command-line.ts';
import { openProject, type Project } from '../lib/compose-project.ts';
import { defaultEngine, type Engine, withNumber } from '../lib/engine.ts';
import { localImage } from '../lib/local-image.ts';
import { engineFlags, type EngineValues, namedEngines } from '../lib/room/engines.ts';
import { projectFlags, type ProjectValues } from '../lib/project-name.ts';
import { findLinks, type Links } from './links.ts';
import { haproxyImage } from '../lib/haproxy/listening.ts';

export const common = {
  ...projectFlags,
  ...engineFlags,
  image: { type: 'string' },
  json: { type: 'boolean' },
} as const;
export const dryRun = { 'dry-run': { type: 'boolean' } } as const;
export const within = { within: { type: 'string', default: '1m' } } as const;

export interface CommonValues extends ProjectValues, EngineValues {
  readonly image?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface Opened {
  readonly project: Project;
  readonly engines: readonly Engine[];
  /** HAProxy's. */
  readonly image: string;
}

export async function open(values: CommonValues, signal: AbortSignal): Promise<Opened> {
  const { file, project: name, image } = values;
  const named = await namedEngines(values);
  const found = named.length > 0 ? named : await enginesBehind(defaultEngine(), signal);
  // One alone needs no way to another.
  const engines = found.length > 1 ? await Promise.all(found.map(withNumber)) : found;
  const project = await openProject({ files: file, name, signal });
  return { project, engines, image: haproxyImage(image) };
}

/** Who calls whom. @throws UsageError for labels that cannot be read */
export async function linksOf({ project, engines }: Opened): Promise<Links> {
  const exposed = await Promise.all(
    [...project.services].map(async ([service, { image = project.builtName(service) }]) =>
      [service, await exposedBy(image, engines)] as const
    ),
  );
  return asUsage(() => findLinks(project.services, new Map(exposed)));
}

/** Where no engine has the image, nobody knows. */
async function exposedBy(image: string, engines: readonly Engine[]): Promise<readonly string[]> {
  for (const engine of engines) {
    const found = await localImage(image, engine);
    if (found) return found.exposed;
  }
  return [];
}
