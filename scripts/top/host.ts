/** The machine that an engine runs on: how many cores it has, and, if it is this one, what all its programs use. */
import { cpus, hostname } from 'node:os';
import { output } from '../lib/process.ts';

export interface Host {
  readonly cores: number;
  /** Whether it is the machine that this runs on. */
  readonly isHere: boolean;
}

export async function findHost(signal: AbortSignal): Promise<Host> {
  const format = ['--format', '{{.NCPU}} {{.Name}}'];
  const [count, name] = (await output(['docker', 'info', ...format], { withinMs: 30_000, signal })).split(' ');
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
