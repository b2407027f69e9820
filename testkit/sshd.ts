/** A real sshd on this machine, with keys and configuration of its own: nothing of the user's is read or changed. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output } from './docker.ts';
import { eventually } from './eventually.ts';
import { findProgram, type Scope, temporaryFolder, unlessInstalled } from './machine.ts';
import { type Program, startProgram } from './program.ts';
import { freePort, isListening } from './ports.ts';

export const unlessSshd = unlessInstalled('sshd', 'apt-get install openssh-server') ||
  unlessInstalled('ssh', 'apt-get install openssh-client');

export interface Sshd {
  /** For ssh's -F: any name but `gone` is this machine; `gone` refuses the connection. */
  readonly configFile: string;
  readonly program: Program;
}

/** Starts one that lets this user in with a key that only its configuration knows. */
export async function startSshd(t: Scope): Promise<Sshd> {
  const folder = await temporaryFolder(t);
  const path = (name: string): string => join(folder, name);
  for (const name of ['host_key', 'user_key']) {
    await output(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
  }
  await output(['cp', path('user_key.pub'), path('authorized_keys')]);
  const port = await freePort();
  await writeFile(path('known_hosts'), `coinroom-test ${await readFile(path('host_key.pub'), 'utf8')}`);
  await writeFile(
    path('sshd_config'),
    [
      `HostKey ${path('host_key')}`,
      `AuthorizedKeysFile ${path('authorized_keys')}`,
      ...['ListenAddress 127.0.0.1', `Port ${port}`, 'PidFile none', 'StrictModes no', 'UsePAM no'],
      ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin yes'],
    ].join('\n'),
  );
  await writeFile(
    path('config'),
    [
      ...['Host gone', `  Port ${await freePort()}`],
      ...['Host *', '  HostName 127.0.0.1', `  Port ${port}`, '  HostKeyAlias coinroom-test'],
      ...['  IdentitiesOnly yes', `  IdentityFile ${path('user_key')}`, `  UserKnownHostsFile ${path('known_hosts')}`],
    ].join('\n'),
  );
  // Where it keeps nothing, but without which it does not start as root.
  if (process.getuid!() === 0) await mkdir('/run/sshd', { recursive: true });
  const program = startProgram(t, [findProgram('sshd')!, '-D', '-e', '-f', path('sshd_config')]);
  await eventually(() => isListening(port), { what: 'sshd to listen' });
  return { configFile: path('config'), program };
}
