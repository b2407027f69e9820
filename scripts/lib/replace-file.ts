import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file as a whole: whoever reads it, and whoever crashes, finds the old text or the new one. A link goes on to
 * point where it did; mode and owner stay as they were. `mode` is for a file that was not there, less the umask.
 *
 * @throws Error when it cannot be written; then nothing has changed
 */
export function replaceFile(path: string, text: string | Uint8Array, { mode = 0o666 } = {}): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const target = before ? realpathSync(path) : path;
  // In the same folder, since only within a file system can it take the other's place at once.
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(4).toString('hex')}`);
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      if (before) keepRights(file, temporary, before);
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new Error(`Cannot write ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function keepRights(file: number, path: string, { mode, uid, gid }: Stats): void {
  fchmodSync(file, mode & 0o7777);
  // With sudo it would be root's from now on.
  if (process.getuid?.() === 0 && uid !== 0) chownSync(path, uid, gid);
}
