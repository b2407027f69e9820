/** The application that a script is about: the flags that name its files, and reading them. */
import { UsageError } from '../command-line.ts';
import { projectFlags, type ProjectValues } from '../project-name.ts';
import type { Application } from './model.ts';
import { readApplication } from './read-application.ts';

export const applicationFlags = { ...projectFlags, profile: { type: 'string', multiple: true } } as const;

export interface ApplicationValues extends ProjectValues {
  readonly profile?: readonly string[] | undefined;
}

/** @throws UsageError for what cannot be read: a file is the user's to change */
export async function openApplication(
  { file: files, project: name, profile: profiles }: ApplicationValues,
): Promise<Application> {
  try {
    return await readApplication({ files, name, profiles });
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}
