/** A lab of machines, made by vms.mjs as a user makes it, under a name and on a subnet of its own. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker, output, type Run, run, uniqueName, unlessDocker } from './docker.ts';
import { type Scope, unlessInstalled } from './machine.ts';
import { runScript } from './script.ts';

/** For the option `skip`. Making one needs root of the engine's host, which whoever may speak with an engine is. */
export const unlessLab = unlessDocker || unlessInstalled('ssh', 'apt-get install openssh-client');

/** The first machines on an engine build their image, over the network. */
const MADE_WITHIN_MS = 10 * 60_000;

export interface LabMachine {
  /** `vm1`: its host name. */
  readonly name: string;
  readonly address: string;
  readonly login: string;
  /** With blanks and characters that a shell would take for something else, unless vms.mjs has made it. */
  readonly password: string;
  /** The name of its container, and of its volume. */
  readonly container: string;
  readonly hasDocker: boolean;
  /** A bash script in it, as root, by `docker exec`: what it printed; an exit code is an error. */
  readonly exec: (script: string) => Promise<string>;
  /** A bash script in it, by ssh as its login with its password, or with another. */
  readonly ssh: (script: string, options?: { readonly password?: string }) => Promise<Run>;
}

export interface Lab {
  /** For --lab. */
  readonly name: string;
  readonly folder: string;
  /** The list of their addresses, in the folder. */
  readonly hostsFile: string;
  readonly machines: readonly LabMachine[];
  /** vms.mjs with these arguments, in the folder and for this lab. */
  readonly vms: (verb: string, ...args: string[]) => Promise<Run>;
  /** The same as `vms('create', …)`, and the machines that have come of it. */
  readonly add: (...args: string[]) => Promise<LabMachine[]>;
}

export interface LabOptions {
  /** So many of them, the last, have no Docker; 0. */
  readonly withoutDocker?: number;
  /** Default: vms.mjs's own. */
  readonly login?: string;
  /** What stands in ips.txt before. */
  readonly hosts?: string;
  /** vms.mjs makes the password; false. */
  readonly generatePassword?: boolean;
}

/** Makes so many machines, which answer. All is taken away after the test. */
export async function startLab(
  t: Scope,
  count: number,
  { withoutDocker = 0, login, hosts, generatePassword = false }: LabOptions = {},
): Promise<Lab> {
  const name = uniqueName('coinroom-test-lab');
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-'));
  const given = generatePassword ? undefined : `it's "${uniqueName('a')}" : $HOME`;
  const env = { LAB_PASSWORD: given };
  const vms = (verb: string, ...args: string[]): Promise<Run> =>
    runScript('vms', [verb, '--lab', name, ...args], { cwd: folder, env, withinMs: MADE_WITHIN_MS });
  t.after(async () => {
    const { code, output } = await vms('destroy', '--all', '--yes');
    await rm(folder, { recursive: true });
    if (code !== 0) throw new Error(`Cannot take the lab away: ${output}`);
  });
  const hostsFile = join(folder, 'ips.txt');
  if (hosts !== undefined) await writeFile(hostsFile, hosts);
  const askpass = join(folder, 'askpass');
  await writeFile(askpass, '#!/bin/sh\nprintf "%s\\n" "$TEST_PASSWORD"\n');
  await chmod(askpass, 0o700);

  const add = async (...args: string[]): Promise<LabMachine[]> => {
    const made = await vms('create', '--json', ...args);
    if (made.code !== 0) throw new Error(`vms.mjs create ended with ${made.code}: ${made.output}`);
    const { login, machines, password = given! } = JSON.parse(made.stdout) as Created;
    return machines.map(({ docker: hasDocker, ...machine }) => ({
      ...machine,
      login,
      password,
      hasDocker,
      exec: (script) => output(['docker', 'exec', '--interactive', machine.container, 'bash', '-s'], { input: script }),
      ssh: (script, { password: other = password } = {}) => {
        // Older clients ask a program only where there is a display.
        const ask = { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':none', TEST_PASSWORD: other };
        return run(sshCommand(folder, login, machine.address), { input: script, env: ask });
      },
    }));
  };
  const flags = ['-n', String(count), '--without-docker', String(withoutDocker)];
  const machines = await add(...flags, ...(login === undefined ? [] : ['--login', login]));
  return { name, folder, hostsFile, machines, vms, add };
}

interface Created {
  readonly login: string;
  /** Where vms.mjs has made it. */
  readonly password?: string;
  readonly machines: readonly { name: string; address: string; container: string; docker: boolean }[];
}

/** Nothing of the user's: no configuration, no keys, and whom it has met before is forgotten. */
function sshCommand(folder: string, login: string, address: string): string[] {
  const options = [
    ...['PreferredAuthentications=password', 'NumberOfPasswordPrompts=1', 'ConnectTimeout=10', 'LogLevel=ERROR'],
    ...['StrictHostKeyChecking=accept-new', `UserKnownHostsFile=${join(folder, 'known_hosts')}`],
  ];
  return ['ssh', '-F', 'none', ...options.flatMap((option) => ['-o', option]), `${login}@${address}`, 'bash -s'];
}

/** Names of what an engine has of a lab: containers, volumes, networks. */
export async function partsOf(lab: string): Promise<string[]> {
  const label = ['--filter', `label=coinroom.lab=${lab}`, '--format'];
  const lists = await Promise.all([
    docker('ps', '--all', ...label, '{{.Names}}'),
    docker('volume', 'ls', ...label, '{{.Name}}'),
    docker('network', 'ls', ...label, '{{.Name}}'),
  ]);
  return lists.flatMap((list) => list.split('\n')).filter((name) => name !== '').sort();
}
