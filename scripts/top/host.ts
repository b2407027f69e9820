/** The machine that an engine runs on: how many cores it has, and, if it is this one, what all its programs use. */
import { cpus, hostname } from 'node:os';
import type { Engine } from '../lib/engine.ts';
import { output } from '../lib/process.ts';

export interface Host {
  readonly cores: number;
  /** Whether it is the machine that this runs on. */
  readonly isHere: boolean;
}

/** A machine that has gone answers nothing at all, and is waited for. */
export const ANSWERS_WITHIN_MS = 10_000;

export async function findHost({ env }: Engine, signal: AbortSignal): Promise<Host> {
  const command = ['docker', 'info', '--format', '{{.NCPU}} {{.Name}}'];
  const [count, name] = (await output(command, { env, withinMs: ANSWERS_WITHIN_MS, signal })).split(' ');
  const cores = Number(count);
  // Without an engine an old client says so and ends with 0 all the same.
  if (!(cores > 0)) throw new Error('Cannot tell how many cores the host of the engine has: no engine answers');
  return { cores, isHere: name === hostname() && cores === cpus().length };
}

/**
 * Begins to measure this machine. What is returned ends it, and gives what all its programs have used since; 100 is
 * one core.
 */
export function measureHere(): () => number {
  const [from, busyBefore] = [performance.now(), busyMs()];
  return () => (busyMs() - busyBefore) / (performance.now() - from) * 100;
}

function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}
