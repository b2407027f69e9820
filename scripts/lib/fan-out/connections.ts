/**
 * How hosts are reached: by the system's OpenSSH, with the user's own configuration. Sessions on one host share a
 * connection, which stays for a minute: the next step begins without a login. It never hands on an agent.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host as ListedHost } from '../hosts.ts';
import { inParallel } from '../in-parallel.ts';
import { run } from '../process.ts';

/** Whom ssh goes to. */
export type Host = Pick<ListedHost, 'address' | 'login'>;

export interface SshOptions {
  /** For hosts whose line names none; default: what ssh would take. */
  readonly login?: string | undefined;
  readonly port?: number | undefined;
  /** In place of ~/.ssh/config. */
  readonly configFile?: string | undefined;
}

export interface ConnectionOptions extends SshOptions {
  /** Where the keys of the hosts stand, and whether a host that is not there yet is written down. Default: the user's. */
  readonly hostKeys?: { readonly file: string; readonly acceptNew: boolean } | undefined;
  /** What has ssh log in with a password and nothing else (password.ts). Default: keys, and nobody is asked. */
  readonly password?: { readonly env: Readonly<Record<string, string | undefined>> } | undefined;
  /** For the connection alone, ms; 10 s. */
  readonly connectWithinMs?: number;
}

export interface Connections {
  /** The command line of ssh up to the host: what is to be run there follows. It must not begin with a dash. */
  readonly command: (host: Host) => string[];
  /** Added to its environment. */
  readonly env: (host: Host) => Readonly<Record<string, string | undefined>>;
  readonly connectWithinMs: number;
  /** Whether there seems to be a connection that can be shared. */
  readonly isOpen: (host: Host) => boolean;
  /** The fingerprints of the keys that are recorded for it, such as `SHA256:…`. */
  readonly recordedKeys: (host: Host) => Promise<string[]>;
  /** Ends the connections to these. */
  readonly close: (hosts: readonly Host[]) => Promise<void>;
}

/** How long a connection that nobody uses stays open, s. */
const STAYS_S = 60;

export function createConnections(options: ConnectionOptions = {}): Connections {
  const { login, port, configFile, hostKeys, password, connectWithinMs = 10_000 } = options;
  const folder = socketFolder();
  const userAt = (host: Host): string => {
    const user = host.login ?? login;
    return user === undefined ? host.address : `${user}@${host.address}`;
  };
  // What was logged in with a password proves nothing about a key, and what knew a host says nothing about its key now.
  const kind = JSON.stringify([port, configFile, hostKeys, password !== undefined]);
  const socketOf = (host: Host): string =>
    join(folder, createHash('sha256').update(`${userAt(host)} ${kind}`).digest('hex').slice(0, 24));
  const flags = [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...asOptions({
      ConnectTimeout: String(Math.ceil(connectWithinMs / 1000)),
      ServerAliveInterval: '15',
      ForwardAgent: 'no',
      ...(hostKeys && {
        // It takes several files, with blanks between them, and knows percents (ssh_config(5), TOKENS).
        UserKnownHostsFile: `"${hostKeys.file.replaceAll('%', '%%')}"`,
        GlobalKnownHostsFile: '/dev/null',
        StrictHostKeyChecking: hostKeys.acceptNew ? 'accept-new' : 'yes',
        HashKnownHosts: 'no',
        UpdateHostKeys: 'no',
      }),
      ...(password
        ? {
          BatchMode: 'no',
          PubkeyAuthentication: 'no',
          PreferredAuthentications: 'password,keyboard-interactive',
          NumberOfPasswordPrompts: '1',
        }
        : { BatchMode: 'yes' }),
    }),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
  const sharing = (host: Host): string[] =>
    asOptions({ ControlMaster: 'auto', ControlPath: socketOf(host), ControlPersist: String(STAYS_S) });
  return {
    command: (host) => ['ssh', ...flags, ...sharing(host), '--', userAt(host)],
    // It is for us, if at all.
    env: () => ({ SSHPASS: undefined, ...password?.env }),
    connectWithinMs,
    isOpen: (host) => existsSync(socketOf(host)),
    recordedKeys: async (host) => {
      if (!hostKeys) return [];
      const name = port === undefined ? host.address : `[${host.address}]:${port}`;
      const { stdout } = await run(['ssh-keygen', '-l', '-F', name, '-f', hostKeys.file], { withinMs: 5000 });
      return stdout.match(/\bSHA256:\S+/g) ?? [];
    },
    close: async (hosts) => {
      const open = hosts.filter((host) => existsSync(socketOf(host)));
      await inParallel(open, 16, async (host) => {
        await run(['ssh', '-F', 'none', '-o', `ControlPath=${socketOf(host)}`, '-O', 'exit', '--', userAt(host)], {
          withinMs: 5000,
        });
      });
    },
  };
}

/**
 * Those of each host for itself, such as with a password of its own.
 *
 * @param of the same for the same host
 */
export function connectionsOfEach(of: (host: Host) => Connections, connectWithinMs: number): Connections {
  return {
    connectWithinMs,
    command: (host) => of(host).command(host),
    env: (host) => of(host).env(host),
    isOpen: (host) => of(host).isOpen(host),
    recordedKeys: (host) => of(host).recordedKeys(host),
    close: async (hosts) => void await Promise.all([...Map.groupBy(hosts, of)].map(([own, some]) => own.close(some))),
  };
}

function asOptions(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/**
 * A folder of this user's alone, with a short name: that of a socket may have 107 characters in all (unix(7)), of which
 * ssh takes 17 while it makes one.
 */
function socketFolder(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const parent = runtime !== undefined && runtime.length < 40 && existsSync(runtime) ? runtime : tmpdir();
  const uid = process.getuid!();
  const folder = join(parent.length < 40 ? parent : '/tmp', `coinroom-ssh-${uid}`);
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o077) !== 0) {
    throw new Error(`Cannot use ${folder}: it must be a folder that is yours alone (mode 700); remove it`);
  }
  return folder;
}
