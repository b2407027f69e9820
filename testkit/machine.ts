/** What the machine has: programs, runtimes, folders to write in. */
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

export const isDeno = 'Deno' in globalThis;

/** Where a program is, or undefined. */
export function findProgram(name: string): string | undefined {
  return process.env.PATH?.split(delimiter).map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * For the option `skip` of a test that needs a program: false when it is there, or must be there (CI=true: then the
 * test runs, and fails), else how to get it.
 */
export function unlessInstalled(program: string, howToGet: string): string | false {
  if (findProgram(program) !== undefined || process.env.CI === 'true') return false;
  return `${program} is not on this machine: ${howToGet}`;
}

/** The part of a test's context that is needed to clean up after it. */
export interface Scope {
  after(action: () => unknown): void;
}

/** A folder of its own, removed after the test. */
export async function temporaryFolder(t: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
