/** The directories of terraform that were used from here: terraform knows its machines, but not how long they may run. */
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../lib/replace-file.ts';
import type { Machine } from './machine.ts';

/** Below the folder that the script is run in, beside ips.txt. */
export const RECORD_FILE = '.workshop/machines.json';

export interface Directory {
  /** An absolute path. */
  readonly directory: string;
  /** When terraform was first told to make something of it, ms since 1970. */
  readonly createdAt: number;
  readonly ttlMs?: number;
  readonly price?: number;
  readonly hostsFile: string;
  /** None while terraform has not told them. */
  readonly machines: readonly { readonly name: string; readonly address: string }[];
}

export interface RecordOfMachines {
  readonly directories: readonly Directory[];
}

/** @throws Error when it is there and cannot be read */
export async function readRecord(): Promise<RecordOfMachines> {
  try {
    const { directories } = JSON.parse(await readFile(RECORD_FILE, 'utf8')) as RecordOfMachines;
    if (!Array.isArray(directories)) throw new SyntaxError('it has no directories');
    return { directories };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { directories: [] };
    throw new Error(`Cannot read ${RECORD_FILE}: ${(error as Error).message}`, { cause: error });
  }
}

/** Puts a directory in the place of what was said of it before; undefined takes that away. */
export async function recordDirectory(path: string, directory: Directory | undefined): Promise<void> {
  const others = (await readRecord()).directories.filter((one) => one.directory !== path);
  const directories = directory === undefined ? others : [...others, directory];
  mkdirSync(dirname(RECORD_FILE), { recursive: true });
  replaceFile(RECORD_FILE, `${JSON.stringify({ directories }, undefined, 2)}\n`);
}

export function machinesOf({ directory, createdAt, ttlMs, price, hostsFile, machines }: Directory): Machine[] {
  return machines.map(({ name, address }) => ({
    provider: 'terraform',
    origin: directory,
    ...{ name, address, createdAt, ttlMs, price, hostsFile },
    state: 'made',
  }));
}
