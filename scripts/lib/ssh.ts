/** Machines by plain ssh: the user's own client, keys and configuration. It never asks, and never hands on an agent. */
import type { Host } from './hosts.ts';
import { type Finished, run, type RunOptions } from './process.ts';

export interface SshOptions {
  /** For hosts whose line names none; default: what ssh would take. */
  readonly login?: string | undefined;
  readonly port?: number | undefined;
  /** In place of ~/.ssh/config. */
  readonly configFile?: string | undefined;
}

/** A machine that ssh does not reach, or no longer, or that refuses the login. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** ssh's own exit code for all that is its own trouble. */
export const SSH_FAILED = 255;

/** The command line of ssh up to the host: what is to be run there follows. It must not begin with a dash. */
export function sshCommand(host: Host, { login, port, configFile }: SshOptions = {}): string[] {
  const user = host.login ?? login;
  return [
    'ssh',
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '-o', 'ServerAliveInterval=15', '-o', 'ForwardAgent=no'],
    ...(port === undefined ? [] : ['-p', String(port)]),
    '--',
    user === undefined ? host.address : `${user}@${host.address}`,
  ];
}

/**
 * Runs a bash script on a host, with an empty standard input. It travels on ssh's, so nothing of it is seen in a list
 * of processes. A script that itself ends with 255 is given as 254.
 *
 * @throws UnreachableError with ssh's last line; what run() throws
 */
export async function runOn(
  host: Host,
  script: string,
  { login, port, configFile, ...options }: SshOptions & Omit<RunOptions, 'input'> = {},
): Promise<Finished> {
  const command = [...sshCommand(host, { login, port, configFile }), 'bash', '-s'];
  // Read to its closing bracket before any of it runs: nothing in it can eat the rest.
  const input = `(\n${script}\n) </dev/null\ncode=$?\nexit $((code == ${SSH_FAILED} ? 254 : code))\n`;
  const finished = await run(command, { ...options, input });
  if (finished.code === SSH_FAILED) throw unreachable(host, finished.stderr);
  return finished;
}

/** The error for what ssh said before it ended with 255. */
export function unreachable(host: Host, said: string): UnreachableError {
  const why = said.trim().split('\n').at(-1)!.trim();
  return new UnreachableError(`Cannot reach ${host.address}: ${why === '' ? 'ssh does not say why' : why}`);
}
