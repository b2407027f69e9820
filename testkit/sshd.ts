/** A real sshd on this machine, with keys and configuration of its own: nothing of the user's is read or changed. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { output } from './docker.ts';
import { eventually } from './eventually.ts';
import { findProgram, type Scope, temporaryFolder, unlessInstalled } from './machine.ts';
import { type Program, startProgram } from './program.ts';
import { freePort, isListening } from './ports.ts';

export const unlessSshd = unlessInstalled('sshd', 'apt-get install openssh-server') ||
  unlessInstalled('ssh', 'apt-get install openssh-client');

export interface Sshd {
  /**
   * For ssh's -F: any name is this machine, but `gone` refuses the connection, `mute` takes it and says nothing, `nowhere`
   * has no address, `stranger` is not let in, `changed` is known by another key, and `unknown` by none.
   */
  readonly configFile: string;
  readonly program: Program;
}

/** Starts one that lets this user in with a key that only its configuration knows. */
export async function startSshd(t: Scope): Promise<Sshd> {
  const folder = await temporaryFolder(t);
  const path = (name: string): string => join(folder, name);
  for (const name of ['host_key', 'user_key', 'other_key']) {
    await output(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', path(name)]);
  }
  await output(['cp', path('user_key.pub'), path('authorized_keys')]);
  const port = await freePort();
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  t.after(() => mute.close());
  const known = [['coinroom-test', 'host_key'], ['coinroom-changed', 'other_key']].map(
    ([name, key]) => `${name} ${readFileSync(path(`${key}.pub`), 'utf8')}`,
  );
  await writeFile(path('known_hosts'), known.join(''));
  await writeFile(
    path('sshd_config'),
    [
      `HostKey ${path('host_key')}`,
      `AuthorizedKeysFile ${path('authorized_keys')}`,
      ...['ListenAddress 127.0.0.1', `Port ${port}`, 'PidFile none', 'StrictModes no', 'UsePAM no'],
      ...['PasswordAuthentication no', 'KbdInteractiveAuthentication no', 'PermitRootLogin yes'],
      'MaxStartups 500',
    ].join('\n'),
  );
  await writeFile(
    path('config'),
    [
      ...['Host gone', `  Port ${await freePort()}`, 'Host mute', `  Port ${(mute.address() as AddressInfo).port}`],
      ...['Host nowhere', '  HostName coinroom-test.invalid', 'Host stranger', '  User nobody-has-this-name'],
      ...['Host changed', '  HostKeyAlias coinroom-changed', 'Host unknown', '  HostKeyAlias coinroom-unknown'],
      ...['Host *', '  HostName 127.0.0.1', `  Port ${port}`, '  HostKeyAlias coinroom-test'],
      ...['  IdentitiesOnly yes', `  IdentityFile ${path('user_key')}`, `  UserKnownHostsFile ${path('known_hosts')}`],
    ].join('\n'),
  );
  // Where it keeps nothing, but without which it does not start as root.
  if (process.getuid!() === 0) await mkdir('/run/sshd', { recursive: true });
  const program = startProgram(t, [findProgram('sshd')!, '-D', '-E', path('log'), '-f', path('sshd_config')]);
  await eventually(() => isListening(port), { what: 'sshd to listen' });
  return { configFile: path('config'), program };
}
