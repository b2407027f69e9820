/** The machines of a rehearsal: this one, in a fresh clone, or others by ssh. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quote } from 'zx';
import { UsageError } from '../lib/command-line.ts';
import type { Host } from '../lib/hosts.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { needPrograms } from '../lib/process.ts';
import { runOn, sshCommand, type SshOptions, UnreachableError } from '../lib/ssh.ts';
import { cloneWithChanges } from '../lib/working-copy.ts';
import type { ShellOptions } from './shell.ts';

export interface Nodes {
  readonly shellOf: (node: string) => ShellOptions;
  /** Removes what was made for the rehearsal. */
  readonly close: () => Promise<void>;
  /** The fresh clone, on this machine. */
  readonly folder?: string;
}

/** The folder is called as a clone is, so that Compose calls the project as it does for a student. */
const CLONE = 'coinroom';

export interface LocalOptions {
  readonly keepFolder: boolean;
  readonly signal: AbortSignal;
}

export async function openLocal(names: readonly string[], { keepFolder, signal }: LocalOptions): Promise<Nodes> {
  await needPrograms('git');
  const parent = await mkdtemp(join(tmpdir(), 'coinroom-rehearsal-'));
  const folder = join(parent, CLONE);
  const close = async (): Promise<void> => {
    await rm(keepFolder ? join(parent, 'state') : parent, { recursive: true, force: true });
  };
  try {
    await cloneWithChanges(folder, { signal });
    for (const name of names) await mkdir(join(parent, 'state', name), { recursive: true });
  } catch (error) {
    await rm(parent, { recursive: true, force: true });
    throw error;
  }
  const shellOf = (name: string): ShellOptions => ({
    command: ['bash', '-s'],
    folder,
    stateFolder: join(parent, 'state', name),
  });
  return { shellOf, close, folder };
}

export interface RemoteOptions extends SshOptions {
  /** Where a student's clone is; from the home directory. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * @throws UnreachableError naming all hosts that cannot be reached; Error naming those without that folder
 */
export async function openRemote(
  hosts: ReadonlyMap<string, Host>,
  { folder, signal, ...ssh }: RemoteOptions,
): Promise<Nodes> {
  await needPrograms('ssh');
  const shells = new Map<string, ShellOptions>();
  const opened = await inParallel([...hosts], 10, async ([name, host]) => {
    const script = `cd -- ${quote(folder.replace(/^~\//, ''))} && pwd && mktemp -d`;
    const { code, stdout, stderr } = await runOn(host, script, { ...ssh, signal, withinMs: 30_000 });
    if (code !== 0) throw new Error(`Cannot use ${host.address} as ${name}: ${stderr.trim()}`);
    const [there, stateFolder] = stdout.trim().split('\n');
    shells.set(name, { command: [...sshCommand(host, ssh), 'bash', '-s'], folder: there!, stateFolder: stateFolder! });
  });
  const close = async (): Promise<void> => {
    await inParallel([...shells], 10, async ([name, { stateFolder }]) => {
      await runOn(hosts.get(name)!, `rm -rf -- ${quote(stateFolder)}`, { ...ssh, withinMs: 30_000 });
    });
  };
  const errors = opened.flatMap((result) => result.status === 'rejected' ? [result.reason as Error] : []);
  if (errors.length > 0) {
    await close();
    signal.throwIfAborted();
    const message = errors.map((error) => error.message).join('\n');
    throw errors.some((error) => error instanceof UnreachableError)
      ? new UnreachableError(message)
      : new Error(message);
  }
  return { shellOf: (name) => shells.get(name)!, close };
}

/** `c3` of a list, `size` hosts each: node1 is its first. @throws UsageError when the list has no such cluster */
export function clusterOf(hosts: readonly Host[], cluster: string, size: number): Map<string, Host> {
  const number = Number(/^c([1-9]\d*)$/.exec(cluster)?.[1]);
  const chosen = hosts.slice((number - 1) * size, number * size);
  if (chosen.length === 0) {
    const most = Math.ceil(hosts.length / size);
    throw new UsageError(`A cluster is one of c1 to c${most}, ${size} hosts each; got ${JSON.stringify(cluster)}`);
  }
  return new Map(chosen.map((host, at) => [`node${at + 1}`, host]));
}
