/**
 * A bare clone for git's "dumb" protocol: plain files, which `git update-server-info` makes ready. git asks for a handful
 * of files by names of a few forms; nothing else can be had, so no address leads out of the folder.
 * https://git-scm.com/docs/http-protocol, "Dumb Clients"
 */
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

export interface RepositoryFile {
  /** Without any link in it. */
  readonly path: string;
  /** The type that git's own server gives it (`git help http-backend`). */
  readonly type: string;
  /** Its name says what is in it, for ever. */
  readonly isFixed: boolean;
}

/** sha1 or sha256, less the digits that are elsewhere. */
const HASH = '[0-9a-f]{40}(?:[0-9a-f]{24})?';
const REST = '[0-9a-f]{38}(?:[0-9a-f]{24})?';

const FORMS = [
  { name: /^(HEAD|info\/refs|objects\/info\/packs)$/, type: 'text/plain; charset=utf-8', isFixed: false },
  { name: new RegExp(`^objects/[0-9a-f]{2}/${REST}$`), type: 'application/x-git-loose-object', isFixed: true },
  { name: new RegExp(`^objects/pack/pack-${HASH}\\.pack$`), type: 'application/x-git-packed-objects', isFixed: true },
  {
    name: new RegExp(`^objects/pack/pack-${HASH}\\.idx$`),
    type: 'application/x-git-packed-objects-toc',
    isFixed: true,
  },
] as const;

/**
 * The file of a repository that git asks for by `name`; undefined when it is not there, is none of git's, or is a link
 * that leads out of the folder.
 */
export async function findRepositoryFile(folder: string, name: string): Promise<RepositoryFile | undefined> {
  const form = FORMS.find((form) => form.name.test(name));
  if (!form) return undefined;
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
    if (!path.startsWith(root + sep) || !(await stat(path)).isFile()) return undefined;
    return { path, type: form.type, isFixed: form.isFixed };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

/** Whether the folder can be cloned now; it may be put there later. */
export async function isRepository(folder: string): Promise<boolean> {
  const files = await Promise.all(['HEAD', 'info/refs'].map((name) => findRepositoryFile(folder, name)));
  return files.every((file) => file !== undefined);
}
