/** Who the user is on the machines, and root beside them. */
import { onMachines, type OnMachinesOptions } from './step.ts';
import type { Machine } from '../lib/room/room.ts';

/** The name of each machine's user, where one can be logged in as; by the machine's name. */
export async function findLogins(
  machines: readonly Machine[],
  options: Omit<OnMachinesOptions, 'script'>,
): Promise<Map<string, string>> {
  const results = await onMachines(machines, { ...options, script: () => 'id -un' });
  return new Map(
    results.flatMap(({ end, target, stdout }) => end === 'done' ? [[target.name, stdout.text().trim()] as const] : []),
  );
}

/** The same machines, for root to log in. */
export function asRoot(machines: readonly Machine[]): Machine[] {
  return machines.map((machine) => ({ ...machine, host: { ...machine.host, login: 'root' } }));
}
