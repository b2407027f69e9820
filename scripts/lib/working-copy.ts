/** A copy of the project as somebody else would get it: what git tracks or would track, and nothing else. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { ROOT } from '../../launch.mjs';
import { output } from './process.ts';

/**
 * The files that belong to a project, as paths from its root.
 *
 * @throws Error when it is no clone of a git repository
 */
export function projectFiles(root = ROOT): string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const list = execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return list.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
}

/**
 * Copies the files of a project, changed or not, committed or not, into a folder. A link that leads out of the project is
 * left out: whoever works in the copy would change, through it, what is not in the copy.
 */
export function copyProject(folder: string, root = ROOT): void {
  for (const path of projectFiles(root)) {
    if (leadsOut(path, root)) continue;
    cpSync(join(root, path), join(folder, path), { recursive: true, verbatimSymlinks: true });
  }
}

function leadsOut(path: string, root: string): boolean {
  if (!lstatSync(join(root, path)).isSymbolicLink()) return false;
  const target = readlinkSync(join(root, path));
  return isAbsolute(target) || normalize(join(dirname(path), target)).startsWith('..');
}

export interface CloneOptions {
  readonly root?: string;
  readonly signal?: AbortSignal;
}

/**
 * Clones a project with its history into a folder; what is not yet committed here is one more commit there. The clone
 * knows of no remote, so that nothing that is pushed from it comes back here.
 */
export async function cloneWithChanges(folder: string, { root = ROOT, signal }: CloneOptions = {}): Promise<void> {
  const author = ['-c', 'user.name=coinroom', '-c', 'user.email=coinroom@example.org', '-c', 'commit.gpgSign=false'];
  const git = (...args: string[]): Promise<string> =>
    output(['git', '-c', 'core.hooksPath=/dev/null', ...author, ...args], signal ? { signal } : {});
  await git('clone', '--quiet', '--no-checkout', root, folder);
  copyProject(folder, root);
  await git('-C', folder, 'remote', 'remove', 'origin');
  await git('-C', folder, 'add', '--all', '--force');
  if (await git('-C', folder, 'status', '--porcelain') === '') return;
  await git('-C', folder, 'commit', '--quiet', '--message', 'What is not committed yet');
}
