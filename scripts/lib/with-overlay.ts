import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Project } from '../lib/compose-project.ts';

/**
 * Runs an action with the project's files and one more, which is there only as long as it runs: what a Compose tool
 * takes from files only, and is nobody's to keep.
 */
export async function withOverlay<T>(
  project: Project,
  overlay: object,
  action: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  if (Object.keys(overlay).length === 0) return await action(project.files);
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-compose-'));
  try {
    const path = join(folder, 'overlay.yml');
    await writeFile(path, stringify(overlay));
    return await action([...project.files, path]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
