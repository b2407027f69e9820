/** Who the user is on the machines, and root beside them. */
import { onMachines, type OnMachinesOptions } from './step.ts';
import type { Machine } from './room.ts';

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

const END_OF_SCRIPT = 'COINROOM_END_OF_SCRIPT';

/** A script for sh that is run as root by whoever may: its text travels on sudo's input, and is in no list of processes. */
export function withSudo(script: string): string {
  return `
as_root='sh -s'
[ "$(id -u)" = 0 ] || as_root='sudo -n sh -s'
$as_root <<'${END_OF_SCRIPT}'
${script}
${END_OF_SCRIPT}`;
}
