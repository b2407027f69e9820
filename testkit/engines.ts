/**
 * Several Docker hosts on one machine: engines with data of their own, each in a network namespace that is a host of
 * its own on a bridge. Only root can make them.
 */
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { output, run, unlessDocker } from './docker.ts';
import { eventually } from './eventually.ts';
import { type Scope, unlessInstalled } from './machine.ts';
import { startProgram } from './program.ts';

export const unlessEngines = unlessDocker || unlessInstalled('dockerd', 'https://docs.docker.com/engine/install/') ||
  unlessInstalled('ip', 'apt-get install iproute2') || unlessInstalled('iptables', 'apt-get install iptables') ||
  (process.getuid?.() === 0 || process.env.CI === 'true' ? false : 'only root can make network namespaces: use sudo');

export interface TestEngine {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** Where the ports that it publishes are reached from the other engines. */
  readonly address: string;
  /** `docker ARGS` there, which has to succeed. */
  readonly docker: (...args: string[]) => Promise<string>;
  /** Runs an action while it does nothing at all: whoever asks it waits. */
  readonly whileFrozen: (action: () => Promise<unknown>) => Promise<void>;
}

/** Starts so many engines, with these images of the engine here. All is taken away after the test. */
export async function startEngines(t: Scope, count: number, images: readonly string[]): Promise<TestEngine[]> {
  // Hooks run in the order in which they were given; this has to go the other way.
  const undo: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const step of undo.reverse()) await step();
  });
  const id = randomInt(0x1000, 0x10000).toString(16);
  const bridge = `crb${id}`;
  const subnet = `10.77.${randomInt(256)}`;
  await output(['ip', 'link', 'add', bridge, 'type', 'bridge']);
  undo.push(() => run(['ip', 'link', 'delete', bridge]));
  await output(['ip', 'address', 'add', `${subnet}.1/24`, 'dev', bridge]);
  await output(['ip', 'link', 'set', bridge, 'up']);
  // Where bridges are filtered, the engine of this machine lets nothing through that it does not know.
  const rule = ['FORWARD', '-i', bridge, '-o', bridge, '-j', 'ACCEPT'];
  await output(['iptables', '-I', ...rule]);
  undo.push(() => run(['iptables', '-D', ...rule]));
  const engines: TestEngine[] = [];
  for (let at = 0; at < count; at++) {
    const name = `cr${id}n${at + 1}`;
    const address = `${subnet}.${at + 2}`;
    undo.push(() => run(['ip', 'netns', 'delete', name]));
    await addHost({ name, bridge, address, gateway: `${subnet}.1` });
    engines.push(await startEngine(t, { name, address, undo }));
  }
  for (const { host } of engines) {
    await output(['sh', '-c', `docker save ${images.join(' ')} | docker --host ${host} load`]);
  }
  return engines;
}

interface HostOptions {
  readonly name: string;
  readonly bridge: string;
  readonly address: string;
  readonly gateway: string;
}

async function addHost({ name, bridge, address, gateway }: HostOptions): Promise<void> {
  await output(['ip', 'netns', 'add', name]);
  await output(['ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name]);
  await output(['ip', 'link', 'set', name, 'master', bridge, 'up']);
  const inside = (...args: string[]): Promise<string> => output(['ip', '-n', name, ...args]);
  await inside('address', 'add', `${address}/24`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('link', 'set', 'lo', 'up');
  await inside('route', 'add', 'default', 'via', gateway);
}

interface EngineOptions {
  /** Of its network namespace. */
  readonly name: string;
  readonly address: string;
  readonly undo: (() => Promise<unknown>)[];
}

async function startEngine(t: Scope, { name, address, undo }: EngineOptions): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-engine-'));
  undo.push(() => removeEngine(folder));
  const host = `unix://${join(folder, 'docker.sock')}`;
  // Not `ip netns exec`: it would hide /sys/fs/cgroup.
  const namespaces = ['nsenter', `--net=/run/netns/${name}`, 'unshare', '--uts', 'sh', '-c'];
  const folders = ['data-root', 'exec-root'].map((what) => `--${what} ${join(folder, what)}`).join(' ');
  const daemon = `hostname ${name}; exec dockerd --host ${host} ${folders} --pidfile ${join(folder, 'pid')}`;
  const program = startProgram(t, [...namespaces, daemon]);
  undo.push(() => program.stop());
  const docker = (...args: string[]): Promise<string> => output(['docker', '--host', host, ...args]);
  await eventually(() => docker('version').then(() => true), {
    what: `the engine of ${name} to answer`,
    withinMs: 30_000,
  });
  undo.push(async () => {
    const ids = (await docker('ps', '--all', '--quiet')).split('\n').filter((line) => line !== '');
    if (ids.length > 0) await run(['docker', '--host', host, 'rm', '--force', '--volumes', ...ids]);
  });
  const whileFrozen = async (action: () => Promise<unknown>): Promise<void> => {
    program.kill('SIGSTOP');
    try {
      await action();
    } finally {
      program.kill('SIGCONT');
    }
  };
  return { host, address, docker, whileFrozen };
}

/** What is left when an engine did not end in order: its containerd, its shims, its mounts. */
async function removeEngine(folder: string): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes(folder)) process.kill(Number(pid), 'SIGKILL');
  }
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((one) => one.startsWith(folder)).reverse()) await run(['umount', '--lazy', mount]);
  await rm(folder, { recursive: true, force: true });
}
