/** The flags that the verbs share, and what they mean. */
import { hostname } from 'node:os';
import { openProject, type Project } from '../lib/compose-project.ts';
import { projectFlags, type ProjectValues } from '../lib/project-name.ts';

export const common = {
  ...projectFlags,
  version: { type: 'string' },
  json: { type: 'boolean' },
} as const;
export const dryRun = { 'dry-run': { type: 'boolean' } } as const;
export const within = { within: { type: 'string', default: '2m' } } as const;
export const registry = { registry: { type: 'string' } } as const;

export interface CommonValues extends ProjectValues {
  readonly version?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function openNamed(
  { file, project: name, version }: CommonValues,
  signal: AbortSignal,
): Promise<Project> {
  const env = {
    ...(version === undefined ? {} : { VERSION: version }),
    // The page shows workers on their machines; in a container nobody knows which that is.
    ...(process.env.NODE_NAME ? {} : { NODE_NAME: hostname() }),
  };
  return await openProject({ files: file, name, env, signal });
}

/** An empty variable is one that was not set. */
export function given(flag: string | undefined, variable: string): string | undefined {
  return flag ?? (process.env[variable] || undefined);
}
