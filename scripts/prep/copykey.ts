/**
 * `copykey`: from the password that all machines of an image share to keys, and then to a password for each cluster. Where
 * keys do already, no password is asked for, and nothing is changed.
 */
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import type { Connections } from '../lib/fan-out/connections.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { needPrograms, run } from '../lib/process.ts';
import type { Machine } from '../lib/room/room.ts';
import { limitsOf, stepFlags } from '../lib/room/flags.ts';
import { copyKeysScript, PASSWORDS_OFF, setPasswordScript } from './keys-script.ts';
import { asRoot } from '../lib/room/logins.ts';
import { assertNumbered, choose, openRoom } from '../lib/room/open-room.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { reach } from '../lib/room/reach.ts';
import { passwordFlags, passwordsFor, withPassword } from './secrets.ts';
import { onMachines, openRun } from '../lib/room/step.ts';

const PASSWORDS = ['generate', 'off', 'keep'] as const;

const flags = { ...stepFlags, ...passwordFlags, passwords: { type: 'string', default: 'generate' } } as const;

export const copykey = verb(flags, async ({ values, positionals: selectors, signal }) => {
  const passwords = PASSWORDS.find((one) => one === values.passwords);
  if (!passwords) {
    throw new UsageError(`--passwords takes one of ${PASSWORDS.join(', ')}; got ${JSON.stringify(values.passwords)}`);
  }
  await needPrograms('ssh');
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = choose(room, selectors, { step: 'copykey', ...values });
  const keys = await agentKeys();
  if (values['dry-run']) {
    const login = room.settings.login || '…';
    const plan = machines.flatMap(({ name }) => [
      { name, step: 'keys of the agent', script: copyKeysScript(keys, '…') },
      ...(passwords === 'keep' ? [] : [{
        ...{ name, step: 'password' },
        script: passwords === 'off' ? PASSWORDS_OFF : setPasswordScript(login, '…'),
      }]),
    ]);
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }
  const limits = limitsOf(values, '2m');
  const byKey = reach(room, values, limits);
  const common = { ...limits, step: 'copykey', signal };
  const users = new Map<string, string>();
  const journal = openRun('copykey', selectors);
  const results = new Map<Machine, Result>();
  const settle = (machine: Machine, result: Result): void => {
    results.set(machine, result);
    journal.record(result);
  };

  const prove = (some: readonly Machine[]) => proveKeys(some, { ...common, tries: 1, connections: byKey, users });
  const before = await prove(machines);
  const rest = machines.filter((machine) => before.get(machine)!.end !== 'done');
  // A password is no help with a machine that is away, or that is not the one it was.
  const [asked, away] = partition(rest, (machine) => ['denied', 'failed'].includes(before.get(machine)!.end));
  for (const machine of away) settle(machine, before.get(machine)!);
  if (asked.length > 0) {
    await withPassword(values, { isAsked: true }, async (password, text) => {
      const connections = reach(room, values, { ...limits, password });
      const copied = await onMachines(asked, { ...common, connections, script: () => copyKeysScript(keys, text) });
      await connections.close(asked.map(({ host }) => host));
      const [well, bad] = partition(asked, (_, at) => copied[at]!.end === 'done');
      for (const machine of bad) settle(machine, copied[asked.indexOf(machine)]!);
      // A connection of before the keys were there would prove nothing.
      await byKey.close(well.map(({ host }) => host));
      const after = await prove(well);
      for (const machine of well) before.set(machine, after.get(machine)!);
    });
  }
  const proved = machines.filter((machine) => !results.has(machine));
  const [ready, unproved] = partition(proved, (machine) => before.get(machine)!.end === 'done');
  for (const machine of unproved) settle(machine, before.get(machine)!);
  if (passwords === 'keep') { for (const machine of ready) settle(machine, before.get(machine)!); }
  else {
    const made = passwords === 'off' ? undefined : passwordsFor([...new Set(ready.map(({ cluster }) => cluster.name))]);
    const script = (machine: Machine): string =>
      made ? setPasswordScript(users.get(machine.name)!, made.get(machine.cluster.name)!) : PASSWORDS_OFF;
    const set = await onMachines(asRoot(ready), { ...common, connections: byKey, script });
    for (const [at, machine] of ready.entries()) settle(machine, set[at]!);
  }
  journal.close();
  const all = machines.map((machine) => results.get(machine)!);
  const had = machines.length - rest.length;
  const data = all.map(({ target, end, detail }) => ({ name: target.name, address: target.host.address, end, detail }));
  const told = had === machines.length
    ? 'All machines took your keys already'
    : `${had} of ${machines.length} machines took your keys already`;
  print(values, data, `${formatResults(all)}\n${told}`);
  return exitCodeOf(all);
});

interface ProveOptions extends Omit<Parameters<typeof onMachines>[1], 'script'> {
  readonly connections: Connections;
  /** Is told who the user is, by the machine's name. */
  readonly users: Map<string, string>;
}

/** Logs in with a key, as the user and as root. */
async function proveKeys(
  machines: readonly Machine[],
  { users, ...options }: ProveOptions,
): Promise<Map<Machine, Result>> {
  const asUser = await onMachines(machines, { ...options, script: () => 'id -un' });
  const proofs = new Map(machines.map((machine, at) => [machine, asUser[at]!]));
  const well = machines.filter((machine) => proofs.get(machine)!.end === 'done');
  for (const machine of well) users.set(machine.name, proofs.get(machine)!.stdout.text().trim());
  const roots = await onMachines(asRoot(well), { ...options, script: () => 'true' });
  for (const [at, machine] of well.entries()) {
    const { end, detail } = roots[at]!;
    if (end !== 'done') proofs.set(machine, { ...roots[at]!, detail: `root: ${detail}` });
  }
  return proofs;
}

/** Public keys, a line each. @throws Error where there are none */
export async function agentKeys(): Promise<string[]> {
  const { code, stdout } = await run(['ssh-add', '-L'], { withinMs: 10_000 });
  if (code === 0) return stdout.trim().split('\n');
  throw new Error(
    `There are no keys of yours: ${
      code === 1 ? 'the agent has none (ssh-add)' : 'there is no ssh agent (eval $(ssh-agent); ssh-add)'
    }`,
  );
}

function partition<T>(items: readonly T[], isFirst: (item: T, at: number) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item, at) => !isFirst(item, at))];
}
