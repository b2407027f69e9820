import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { UsageError } from './command-line.ts';

/** A file as text; `-` is stdin. @throws UsageError for one that cannot be read */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return await text(process.stdin);
  return await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`Cannot read ${file}: ${error.message}`, { cause: error });
  });
}
