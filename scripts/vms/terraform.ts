/** terraform, as its own client does it: what it makes, what of that is there, and that nothing is left. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHost } from '../lib/hosts.ts';
import { CommandError, output, run } from '../lib/process.ts';

/** It leaves out what to type next: that is not said by it, but here. */
const ENVIRONMENT = { TF_IN_AUTOMATION: '1' } as const;

/** A cloud may take long, and does its work whether or not somebody waits. */
const WITHIN_MS = 12 * 60 * 60_000;

/** What `plan -detailed-exitcode` ends with when there is something to do. */
const HAS_CHANGES = 2;

export interface TerraformOptions {
  readonly signal: AbortSignal;
  /** Each line that it says. */
  readonly onLine: (line: string) => void;
}

function command(directory: string, args: readonly string[]): string[] {
  return ['terraform', `-chdir=${directory}`, ...args];
}

/**
 * Shows what would be made, and, when there is something and `isWanted` says so, makes exactly that. Making is never
 * broken off, also not by Ctrl-C: terraform that is killed forgets what it has just made.
 *
 * @throws CommandError when terraform fails
 */
export async function applyDirectory(
  directory: string,
  isWanted: () => Promise<boolean>,
  { signal, onLine }: TerraformOptions,
): Promise<'made' | 'unchanged' | 'not wanted'> {
  // A plan can hold secrets: only this user can read the folder, and it goes.
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-plan-'));
  const file = join(folder, 'plan');
  const options = { withinMs: WITHIN_MS, env: ENVIRONMENT, onLine };
  try {
    await output(command(directory, ['init', '-input=false', '-no-color']), { ...options, signal });
    const plan = command(directory, ['plan', '-input=false', '-no-color', '-detailed-exitcode', `-out=${file}`]);
    const planned = await run(plan, { ...options, signal });
    if (planned.code === 0) return 'unchanged';
    if (planned.code !== HAS_CHANGES) throw new CommandError(plan, planned);
    if (!await isWanted()) return 'not wanted';
    signal.throwIfAborted();
    await output(command(directory, ['apply', '-input=false', '-no-color', file]), options);
    return 'made';
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** To the end, as {@link applyDirectory}. */
export async function destroyDirectory(directory: string, { onLine }: Pick<TerraformOptions, 'onLine'>): Promise<void> {
  const args = ['destroy', '-input=false', '-no-color', '-auto-approve'];
  await output(command(directory, args), { withinMs: WITHIN_MS, env: ENVIRONMENT, onLine });
}

export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/** The addresses that it tells as its output `ips`. @throws Error when there is none, or it holds something else */
export async function readAddresses(directory: string): Promise<NamedAddress[]> {
  const { code, stdout, stderr } = await run([
    'terraform',
    `-chdir=${directory}`,
    'output',
    '-no-color',
    '-json',
    'ips',
  ]);
  if (code !== 0) {
    throw new Error(
      `Cannot tell the addresses: ${directory} needs an output "ips", a list or map of them. ${stderr.trim()}`,
    );
  }
  return parseOutput(stdout, directory);
}

/** `["10.0.0.1"]` or `{"a": "10.0.0.1"}`. @throws Error when it is something else */
export function parseOutput(json: string, directory: string): NamedAddress[] {
  const value: unknown = JSON.parse(json);
  const entries = Array.isArray(value)
    ? value.map((address, at) => [String(at + 1), address] as const)
    : Object.entries(value !== null && typeof value === 'object' ? value : { value });
  return entries.map(([name, address]) => {
    if (typeof address === 'string' && parseHost(address)) return { name, address };
    throw new Error(
      `Cannot use the output ips of ${directory}: a list or map of addresses; got ${
        JSON.stringify(address)
      } as ${name}`,
    );
  });
}

interface Module {
  readonly resources?: readonly { readonly address: string; readonly mode: string }[];
  readonly child_modules?: readonly Module[];
}

/** What terraform has made there and knows to be there still, such as `aws_instance.vm[0]`. */
export async function listResources(directory: string): Promise<string[]> {
  const state = JSON.parse(await output(command(directory, ['show', '-no-color', '-json']))) as {
    readonly values?: { readonly root_module?: Module };
  };
  const all = ({ resources = [], child_modules = [] }: Module): string[] => [
    // Data sources are only read.
    ...resources.filter(({ mode }) => mode === 'managed').map(({ address }) => address),
    ...child_modules.flatMap(all),
  ];
  return all(state.values?.root_module ?? {});
}
