/** Files that an instructor may put in the place of ours: beside ips.txt, by their name, or by a flag. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../lib/command-line.ts';

/**
 * That which is given, else the one with this name in the folder of the room, else our own with this name.
 *
 * @returns `name`: what the file is called in errors
 * @throws UsageError when it cannot be read
 */
export async function readOwnFile(
  name: string,
  given: string | undefined,
): Promise<{ readonly text: string; readonly name: string }> {
  const path = given ?? (existsSync(name) ? name : new URL(`./${name}`, import.meta.url));
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new UsageError(`Cannot read ${path}: ${error.message}`, { cause: error });
  });
  return { text, name: given ?? name };
}
