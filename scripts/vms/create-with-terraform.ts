/** create with terraform: what a directory describes is made, its addresses are listed, and how long it may run is kept. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { confirm } from '../lib/ask.ts';
import { EXIT, print, UsageError } from '../lib/command-line.ts';
import { addHosts, changeHostsFile, removeHosts } from '../lib/hosts-file.ts';
import { needPrograms } from '../lib/process.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { type Directory, readRecord, recordDirectory } from './record.ts';
import { applyDirectory, readAddresses } from './terraform.ts';

export interface CreateWithTerraformOptions {
  /** As the user gave it. */
  readonly directory: string;
  readonly hostsFile: string;
  readonly ttlMs: number | undefined;
  readonly price: number | undefined;
  readonly yes: boolean;
  readonly json: boolean | undefined;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal;
}

/** What it says is for people also when the result is data. */
export const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** Gives the exit code. */
export async function createWithTerraform(options: CreateWithTerraformOptions): Promise<number> {
  const { hostsFile, json, isDryRun, yes, signal } = options;
  const directory = await existing(options.directory);
  changeHostsFile(hostsFile, (text) => text);
  await needPrograms('terraform');
  const known = (await readRecord()).directories.find((one) => one.directory === directory);
  const entry = entryOf(options, directory, known);
  const isWanted = async (): Promise<boolean> => {
    if (isDryRun || !(yes || await confirm(`Make this with terraform in ${directory}?`))) return false;
    // Before anything is there: what is made by half is to be found, and destroyed.
    await recordDirectory(directory, entry);
    return true;
  };
  const what = await applyDirectory(directory, isWanted, { signal, onLine: tell });
  if (what === 'not wanted') {
    print({ json }, { directory, dryRun: isDryRun, machines: [] }, isDryRun ? 'Would do this' : 'Nothing was made');
    return isDryRun ? EXIT.done : EXIT.failed;
  }
  const machines = await readAddresses(directory);
  if (!isDryRun) {
    await recordDirectory(directory, { ...entry, machines });
    const gone = (known?.machines ?? []).filter((one) => !machines.some(({ address }) => address === one.address));
    changeHostsFile(hostsFile, (text) => addHosts(removeHosts(text, addressesOf(gone)), addressesOf(machines)));
  }
  const words = [
    ...(what === 'unchanged' ? ['Nothing to do: terraform has it as it should be'] : []),
    formatTable(['name', 'address'], machines.map(({ name, address }) => [name, address])),
    `${countInWords(machines.length, 'machine')} of ${directory} in ${hostsFile}`,
  ];
  print({ json }, { directory, hosts: hostsFile, changed: what === 'made', machines }, words.join('\n'));
  return EXIT.done;
}

function entryOf(
  { ttlMs, price, hostsFile }: CreateWithTerraformOptions,
  directory: string,
  known?: Directory,
): Directory {
  const time = { ttlMs: ttlMs ?? known?.ttlMs, price: price ?? known?.price };
  return {
    directory,
    createdAt: known?.createdAt ?? Date.now(),
    ...(time.ttlMs === undefined ? {} : { ttlMs: time.ttlMs }),
    ...(time.price === undefined ? {} : { price: time.price }),
    hostsFile,
    machines: known?.machines ?? [],
  };
}

function addressesOf(machines: Directory['machines']): string[] {
  return machines.map(({ address }) => address);
}

async function existing(path: string): Promise<string> {
  const directory = resolve(path);
  if (await stat(directory).then((found) => found.isDirectory(), () => false)) return directory;
  throw new UsageError(`Cannot use terraform in ${path}: it is no directory`);
}
