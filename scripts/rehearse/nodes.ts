/** The machines of a rehearsal: this one, in a fresh clone, or others by ssh. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shWord } from '../lib/sh-word.ts';
import { type ConnectionOptions, createConnections, type Host } from '../lib/fan-out/connections.ts';
import { fanOut } from '../lib/fan-out/fan-out.ts';
import { wasReached } from '../lib/fan-out/report.ts';
import { needPrograms } from '../lib/process.ts';
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

export interface RemoteOptions extends ConnectionOptions {
  /** Where a student's clone is; from the home directory. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A machine that ssh does not reach, or that refuses the login. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

const OPEN_WITHIN_MS = 30_000;

/**
 * @throws UnreachableError naming all hosts that cannot be reached; Error naming those without that folder
 */
export async function openRemote(
  hosts: ReadonlyMap<string, Host>,
  { folder, signal, ...ssh }: RemoteOptions,
): Promise<Nodes> {
  await needPrograms('ssh');
  const connections = createConnections(ssh);
  const targets = [...hosts].map(([name, host]) => ({ name, host }));
  const options = { connections, withinMs: OPEN_WITHIN_MS };
  const shells = new Map<string, ShellOptions>();
  const close = async (): Promise<void> => {
    const opened = targets.filter(({ name }) => shells.has(name));
    const script = ({ name }: { readonly name: string }): string =>
      `rm -rf -- ${shWord(shells.get(name)!.stateFolder)}`;
    await fanOut(opened, { ...options, script, signal: AbortSignal.timeout(OPEN_WITHIN_MS) });
    await connections.close(targets.map(({ host }) => host));
  };
  const script = `cd -- ${shWord(folder.replace(/^~\//, ''))} && pwd && mktemp -d`;
  const results = await fanOut(targets, { ...options, script: () => script, signal });
  for (const { target: { name, host }, end, stdout } of results) {
    if (end !== 'done') continue;
    const [there, stateFolder] = stdout.text().trim().split('\n');
    const command = [...connections.command(host), 'bash', '-s'];
    shells.set(name, { command, folder: there!, stateFolder: stateFolder! });
  }
  const bad = results.filter(({ end }) => end !== 'done');
  if (bad.length === 0) return { shellOf: (name) => shells.get(name)!, close };
  await close();
  signal.throwIfAborted();
  const message = bad.map(({ target: { name, host: { address } }, end, detail }) =>
    wasReached(end) ? `Cannot use ${address} as ${name}: ${detail}` : `Cannot reach ${address}: ${detail}`
  ).join('\n');
  throw bad.some(({ end }) => !wasReached(end)) ? new UnreachableError(message) : new Error(message);
}
