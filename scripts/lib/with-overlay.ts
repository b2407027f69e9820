import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Project } from './compose-project.ts';

/** One more Compose file, without its version. */
export interface Overlay {
  readonly services?: Readonly<Record<string, object>>;
}

/** The text of the file: docker-compose wants one version in all files of a project. */
export function overlayText({ version }: Pick<Project, 'version'>, overlay: Overlay): string {
  return stringify({ ...(version === undefined ? {} : { version }), ...overlay });
}

/**
 * Runs an action with the project's files and one more, which is there only as long as it runs: what a Compose tool
 * takes from files only, and is nobody's to keep.
 */
export async function withOverlay<T>(
  project: Project,
  overlay: Overlay,
  action: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  if (!overlay.services) return await action(project.files);
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-compose-'));
  try {
    const path = join(folder, 'overlay.yml');
    await writeFile(path, overlayText(project, overlay));
    return await action([...project.files, path]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
