/** The flags that the verbs share, and what they mean. */
import { hostname } from 'node:os';
import { openProject, type Project } from '../lib/compose-project.ts';

export const common = {
  file: { type: 'string', short: 'f', multiple: true },
  'project-name': { type: 'string', short: 'p' },
  version: { type: 'string' },
  json: { type: 'boolean' },
} as const;
export const dryRun = { 'dry-run': { type: 'boolean' } } as const;
export const within = { within: { type: 'string', default: '2m' } } as const;
export const registry = { registry: { type: 'string' } } as const;

export interface CommonValues {
  readonly file?: readonly string[] | undefined;
  readonly 'project-name'?: string | undefined;
  readonly version?: string | undefined;
  readonly json?: boolean | undefined;
}

export async function openNamed(
  { file, 'project-name': name, version }: CommonValues,
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

/** The result on stdout: as text, or for --json as data. */
export function print(values: CommonValues, data: unknown, text: string): void {
  process.stdout.write(`${values.json ? JSON.stringify(data) : text}\n`);
}
