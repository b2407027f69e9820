/** What create says: what it would make, and what has become of it. */
import { print } from '../lib/command-line.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { type Login, runCommand } from './container.ts';
import type { CreateLabOptions, Planned } from './create-lab.ts';
import type { Outcome } from './make-all.ts';
import type { NetworkPlan } from './network.ts';
import { PRIVILEGED } from './rights.ts';

export function describePlan(
  { lab, image }: CreateLabOptions,
  network: NetworkPlan,
  machines: readonly Planned[],
): string {
  const like = runCommand(machines[0]!, image ?? 'coinroom-lab', { rights: PRIVILEGED, nameServers: [] });
  return [
    formatTable(['name', 'address', 'container', 'docker'], machines.map(toRow)),
    '',
    ...(network.isThere
      ? []
      : [`Would make the network ${lab}, ${network.candidates[0]!.text}, and then each like this:`]),
    // A label with blanks is one word here, and nowhere else.
    like.map((word) => /^[\w./:=,-]+$/.test(word) ? word : JSON.stringify(word)).join(' '),
    'Where the engine may not give --privileged: with all capabilities but SYS_RESOURCE, without seccomp and AppArmor',
  ].join('\n');
}

const toRow = ({ name, address, containerName, stage }: Planned): string[] => [
  ...[name, address, containerName, stage === 'docker' ? 'yes' : 'no'],
];

/** The password is shown where it was made here, and nowhere again. */
export function report(
  outcomes: readonly Outcome[],
  { lab, json, count, hostsFile, givenPassword }: CreateLabOptions,
  { name: login, password }: Login,
): void {
  const failed = outcomes.flatMap(({ machine, error }) => error ? [{ machine, why: error.message }] : []);
  const ready = outcomes.filter(({ error }) => !error).map(({ machine }) => machine);
  const notMade = count - outcomes.length;
  const secret = givenPassword === undefined ? { password } : {};
  const data = {
    lab,
    login,
    ...secret,
    hosts: hostsFile,
    machines: ready.map(asData),
    failed: failed.map(({ machine, why }) => ({ ...asData(machine), why })),
    notMade,
  };
  const lines = [
    ...failed.map(({ machine, why }) => `${machine.name} (${machine.address}) FAILED: ${why}`),
    ...(notMade === 0 ? [] : [`${countInWords(notMade, 'machine')} not made`]),
    ...(ready.length === 0 ? [] : [
      formatTable(['name', 'address', 'container', 'docker'], ready.map(toRow)),
      `${countInWords(ready.length, 'machine')} in ${hostsFile}; login ${login}, the password is ` +
      (givenPassword === undefined ? `${password} (it is not shown again)` : 'LAB_PASSWORD'),
    ]),
    failed.length > 0
      ? `Next: ./scripts/vms.mjs destroy ${failed.map(({ machine }) => machine.name).join(' ')}`
      : `Next: ssh ${login}@${ready[0]?.address}`,
  ];
  print({ json }, data, lines.join('\n'));
}

function asData({ name, address, containerName, stage }: Planned) {
  return { name, address, container: containerName, docker: stage === 'docker' };
}
