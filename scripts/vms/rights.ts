/** What an engine has to allow a container in which another engine is to run. */
import { CommandError, run } from '../lib/process.ts';

export interface Rights {
  /** For `docker run`. */
  readonly args: readonly string[];
  /** For people. */
  readonly words: string;
}

export const PRIVILEGED: Rights = { args: ['--privileged'], words: '--privileged' };

/** An engine whose root lacks a capability cannot give it away, as --privileged would: this is all but the usual one. */
export const CAPABILITIES: Rights = {
  args: [
    ...['--cap-add', 'ALL', '--cap-drop', 'SYS_RESOURCE'],
    ...['seccomp', 'apparmor', 'systempaths'].flatMap((what) => ['--security-opt', `${what}=unconfined`]),
  ],
  words: 'with all capabilities but SYS_RESOURCE, without seccomp and AppArmor',
};

export interface Allowed {
  readonly rights: Rights;
  /** The name servers that containers of this engine are given, and which those inside a machine can reach as well. */
  readonly nameServers: readonly string[];
}

/** Tries it with a container. @throws Error when the engine allows neither */
export async function findRights(image: string, signal: AbortSignal): Promise<Allowed> {
  const refusals: string[] = [];
  for (const rights of [PRIVILEGED, CAPABILITIES]) {
    const command = ['docker', 'run', '--rm', ...rights.args, '--entrypoint', 'cat', image, '/etc/resolv.conf'];
    const finished = await run(command, { signal });
    if (finished.code === 0) return { rights, nameServers: parseNameServers(finished.stdout) };
    refusals.push(new CommandError(command, finished).message);
  }
  throw new Error(`Cannot make machines: this engine runs no container that may play one\n${refusals.join('\n')}`);
}

/** Those that are no address of the container's own. */
export function parseNameServers(resolvConf: string): string[] {
  const servers = [...resolvConf.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address!);
  return servers.filter((address) => !/^(127\.|::1$)/.test(address));
}
