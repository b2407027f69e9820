/**
 * A password for ssh, which takes none on its command line or its standard input: it asks a program of ours, which reads
 * it from a file that only this user can read. So it is in no list of processes and in no environment.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shWord } from '../sh-word.ts';

export interface Password {
  /** For ssh's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes the file away. */
  readonly close: () => Promise<void>;
}

/** For the time until close(). The memory's own file system is taken where there is one. */
export async function offerPassword(text: string): Promise<Password> {
  const folder = await mkdtemp(join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), 'coinroom-askpass-'));
  const file = join(folder, 'password');
  const program = join(folder, 'askpass');
  await writeFile(file, `${text}\n`, { mode: 0o600 });
  // A question about a host's key is no question about a password.
  const script = `#!/bin/sh\ncase "$1" in *yes/no*) exit 1 ;; esac\ncat ${shWord(file)}\n`;
  await writeFile(program, script, { mode: 0o700 });
  return {
    env: {
      SSH_ASKPASS: program,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: process.env.DISPLAY ?? ':0',
      SSHPASS: undefined,
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}
