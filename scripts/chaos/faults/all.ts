import { UsageError } from '../../lib/command-line.ts';
import { errors, slow } from './application.ts';
import { disk } from './disk.ts';
import type { Fault } from './fault.ts';
import { isolate, loss, partition } from './isolate.ts';
import { kill, pause, restart, stop } from './lifecycle.ts';
import { docker, drain, reboot } from './machine.ts';
import { cpu, memory } from './starve.ts';
import { delay, rate } from './traffic.ts';

/** In the order of the help. */
export const FAULTS: readonly Fault[] = [
  ...[kill, pause, stop, restart, isolate, partition, loss, delay, rate, cpu, memory, disk, slow, errors],
  ...[docker, drain, reboot],
];

/** @throws UsageError for a name that no fault has */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault) return fault;
  throw new UsageError(`A fault is one of ${FAULTS.map((one) => one.name).join(', ')}; got ${JSON.stringify(name)}`);
}
