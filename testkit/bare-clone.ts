/** A repository to be cloned: some commits in a pack, some files loose, as a bare clone has them after a while. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from '../scripts/lib/process.ts';
import { type Scope, temporaryFolder } from './machine.ts';

/** git without the settings of whoever runs the tests; it asks nobody for anything. */
const GIT_ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'coinroom',
  GIT_AUTHOR_EMAIL: 'coinroom@example.org',
  GIT_COMMITTER_NAME: 'coinroom',
  GIT_COMMITTER_EMAIL: 'coinroom@example.org',
  no_proxy: '*',
};

/** Runs git, which has to succeed; gives what it printed. */
export function git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  return output(['git', ...args], { env: { ...GIT_ENV, ...env } });
}

export interface BareClone {
  readonly folder: string;
  /** Adds a commit of one file, and makes it ready to be fetched; `packed`: all of them in one pack. */
  readonly commit: (name: string, content: string | Uint8Array, options?: { packed?: boolean }) => Promise<void>;
  /** All commits of a clone, this one if not said: hashes and messages, newest first. */
  readonly log: (clone?: string) => Promise<string>;
}

/** Makes one with a packed commit and a loose one; it is removed after the test. */
export async function createBareClone(t: Scope): Promise<BareClone> {
  const parent = await temporaryFolder(t);
  const [work, folder] = [join(parent, 'work'), join(parent, 'coinroom.git')];
  await mkdir(work);
  await git(['init', '--quiet', '--initial-branch', 'main', work]);
  await git(['init', '--quiet', '--bare', '--initial-branch', 'main', folder]);
  const commit: BareClone['commit'] = async (name, content, { packed = false } = {}) => {
    await writeFile(join(work, name), content);
    await git(['-C', work, 'add', name]);
    await git(['-C', work, 'commit', '--quiet', '--message', `Add ${name}`]);
    await git(['-C', work, 'push', '--quiet', folder, 'main']);
    if (packed) await git(['-C', folder, 'repack', '-a', '-d', '--quiet']);
    await git(['-C', folder, 'update-server-info']);
  };
  await commit('packed.txt', 'in the pack\n', { packed: true });
  await commit('loose.txt', 'by itself\n');
  return { folder, commit, log: (clone = folder) => git(['-C', clone, 'log', '--format=%H %s', 'main']) };
}
