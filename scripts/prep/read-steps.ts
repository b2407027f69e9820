import { asUsage } from '../lib/command-line.ts';
import { type FileStep, parseSteps } from '../lib/room/steps.ts';
import { readOwnFile } from './own-file.ts';

/** The steps of `post`, `warm` or `www`. @throws UsageError for a file that cannot be read */
export async function readSteps(name: 'steps.yml' | 'warm.yml' | 'www.yml', given?: string): Promise<FileStep[]> {
  const file = await readOwnFile(name, given);
  return asUsage(() => parseSteps(file.text, file.name));
}
