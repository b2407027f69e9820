/** Other runtimes than this one, where this machine has them or npm can get them. */
import { spawnSync } from 'node:child_process';
import { fetchNode } from '../../launch.mjs';
import { findProgram } from '../../testkit/machine.ts';
import { type Runtime, thisRuntime } from '../../testkit/role.ts';

/** A Node of this major version. */
export function findNode(major: number): Runtime {
  if (thisRuntime.name === 'node' && process.versions.node.startsWith(`${major}.`)) return thisRuntime;
  return { name: 'node', path: fetchNode(String(major)) };
}

export function findDeno(): Runtime | undefined {
  if (thisRuntime.name === 'deno') return undefined;
  const installed = findProgram('deno');
  if (installed) return { name: 'deno', path: installed };
  const args = ['exec', '--prefer-offline', '--yes', '--package=deno@2.9', '--', 'deno', 'eval'];
  const { status, stdout } = spawnSync('npm', [...args, 'console.log(Deno.execPath())'], { encoding: 'utf8' });
  return status === 0 ? { name: 'deno', path: stdout.trim() } : undefined;
}
