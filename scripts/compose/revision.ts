/**
 * From which sources an image is made. A tree with changes that are in no commit is dirty, and what is built from it
 * says so in a label; its version gets `-dirty` then, whatever the tree has become when it is tagged.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../lib/process.ts';
import { isPinnedFile } from './pinned-file.ts';

/** The label that `build` gives an image: the commit, with `-dirty` where more than that was in it. */
export const REVISION_LABEL = 'coinroom.revision';

const DIRTY = '-dirty';

/** What is built from this folder now: `<commit>` or `<commit>-dirty`; undefined outside git, or without a commit. */
export async function revisionOf(directory: string): Promise<string | undefined> {
  const git = (...args: string[]) => run(['git', '-C', directory, ...args]);
  const head = await git('rev-parse', 'HEAD').catch(() => undefined);
  if (head?.code !== 0) return undefined;
  const { stdout: root } = await git('rev-parse', '--show-toplevel');
  const { stdout } = await git('status', '--porcelain', '--untracked-files=all', '-z');
  const changes = stdout.split('\0').filter((entry) => entry !== '');
  const others = await Promise.all(changes.map(async (entry) => {
    // What push has written is no source.
    return !(entry.startsWith('?? ') && await isPinned(join(root.trimEnd(), entry.slice(3))));
  }));
  return head.stdout.trim() + (others.includes(true) ? DIRTY : '');
}

async function isPinned(path: string): Promise<boolean> {
  return isPinnedFile(await readFile(path, 'utf8').catch(() => ''));
}

export interface VersionOptions {
  /** Of what the image was built, as revisionOf() says it. */
  readonly revision: string | undefined;
  /** The version that the user wants. */
  readonly given: string | undefined;
}

/**
 * The version of what was built from a folder: the one given, else what git calls the commit (`git describe`). Of a
 * dirty tree it always ends in `-dirty`.
 *
 * @throws Error when there is neither
 */
export async function versionOf(directory: string, { revision, given }: VersionOptions): Promise<string> {
  const commit = revision?.replace(DIRTY, '');
  const version = given ?? (commit === undefined ? undefined : await describe(directory, commit));
  if (version === undefined) {
    throw new Error(`Cannot tell the version: ${directory} is in no git repository with a commit; give --version`);
  }
  const tag = version.replaceAll(/[^\w.-]/g, '-');
  return revision?.endsWith(DIRTY) && !tag.endsWith(DIRTY) ? tag + DIRTY : tag;
}

async function describe(directory: string, commit: string): Promise<string | undefined> {
  const { code, stdout } = await run(['git', '-C', directory, 'describe', '--tags', '--always', commit]);
  return code === 0 ? stdout.trim() : undefined;
}
