/** Which Compose project a script is about: the flags that name it, and the name. */
import { openProject } from './compose-project.ts';

export const projectFlags = {
  project: { type: 'string', short: 'p' },
  file: { type: 'string', short: 'f', multiple: true },
} as const;

export interface ProjectValues {
  readonly project?: string | undefined;
  readonly file?: readonly string[] | undefined;
}

/** Otherwise it is that of the Compose file here. */
export function namesProject({ project, file }: ProjectValues): boolean {
  return project !== undefined || file !== undefined;
}

/**
 * The name given, for which no Compose file is needed; else that of the project of the files, by default those here.
 *
 * @throws what openProject() throws
 */
export async function projectName({ project, file }: ProjectValues, signal: AbortSignal): Promise<string> {
  return project ?? (await openProject({ files: file, signal })).name;
}
