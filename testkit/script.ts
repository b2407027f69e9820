/** Scripts as a user runs them, on the runtime that runs the tests. */
import { join } from 'node:path';
import type { RunOptions } from '../scripts/lib/process.ts';
import { type Run, run } from './docker.ts';
import { findProgram, ROOT } from './machine.ts';
import { thisRuntime } from './role.ts';

/** The command line of scripts/NAME.mjs of this project, or of a copy of it. */
export function scriptCommand(name: string, args: readonly string[], root = ROOT): string[] {
  const file = join(root, 'scripts', `${name}.mjs`);
  const { name: runtime, path } = thisRuntime;
  if (runtime === 'node') return [path, '--disable-warning=ExperimentalWarning', file, ...args];
  // By env: Deno reads a shell's command that begins with Deno itself, and does not know bash's quotes in it.
  return [
    findProgram('env')!,
    path,
    'run',
    '--quiet',
    '--config',
    join(root, 'deno.json'),
    '--allow-all',
    file,
    ...args,
  ];
}

/** Runs a script to its end. */
export async function runScript(name: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return await run(scriptCommand(name, args), options);
}
