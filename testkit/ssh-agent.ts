/** An ssh agent with a key of its own: nothing of the user's is read or changed. */
import { join } from 'node:path';
import { output } from './docker.ts';
import { eventually } from './eventually.ts';
import { findProgram, type Scope, temporaryFolder } from './machine.ts';
import { startProgram } from './program.ts';

export interface SshAgent {
  /** For who is to find it. */
  readonly env: { readonly SSH_AUTH_SOCK: string };
  /** As authorized_keys has it. */
  readonly publicKey: string;
}

export async function startSshAgent(t: Scope): Promise<SshAgent> {
  const folder = await temporaryFolder(t);
  const [socket, key] = [join(folder, 'agent'), join(folder, 'key')];
  startProgram(t, [findProgram('ssh-agent')!, '-D', '-a', socket]);
  const env = { SSH_AUTH_SOCK: socket };
  await output(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'the instructor', '-f', key]);
  await eventually(() => output(['ssh-add', '-q', key], { env }).then(() => true, () => false), { what: 'the agent' });
  return { env, publicKey: await output(['ssh-add', '-L'], { env }) };
}
