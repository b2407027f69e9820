/** What can be seen of machines of the lab from outside, and of the connections to them. */
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Connections, Host } from '../scripts/lib/fan-out/connections.ts';
import { run } from './docker.ts';
import { eventually } from './eventually.ts';
import type { LabMachine } from './lab.ts';
import { findProgram, type Scope, temporaryFolder } from './machine.ts';
import type { SwarmLab } from './swarm-lab.ts';

/** Of a container that has published it, and of one in the machine's own network. */
export const PORTS = [6379, 6380] as const;

/** Whether anybody answers there, asked from this machine. */
export function answers(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, address);
    const end = (isHeard: boolean): void => {
      socket.destroy();
      resolve(isHeard);
    };
    socket.on('connect', () => socket.write('PING\r\n')).on('data', () => end(true));
    socket.on('error', () => end(false)).on('close', () => end(false)).setTimeout(1500, () => end(false));
  });
}

export const asked = ({ address }: LabMachine): Promise<boolean[]> =>
  Promise.all(PORTS.map((port) => answers(address, port)));

/** The same from another machine. */
export async function reaches(from: LabMachine, to: LabMachine): Promise<boolean> {
  const ask = `exec 3<>/dev/tcp/${to.address}/${PORTS[1]} && echo PING >&3 && read -r -t 1 said <&3`;
  return (await run(['docker', 'exec', from.container, 'timeout', '2', 'bash', '-c', ask])).code === 0;
}

/** How long so many bytes of the key `big` take to come. */
export async function fetchMs({ address }: LabMachine, bytes: number): Promise<number> {
  const from = performance.now();
  const socket = connect(PORTS[1], address);
  socket.write('GET big\r\n');
  let got = 0;
  for await (const chunk of socket) {
    got += (chunk as Buffer).length;
    if (got >= bytes) break;
  }
  return performance.now() - from;
}

/** Of all cores of the host together, since it was started. */
export function cpuTimes(): { idle: number; all: number } {
  const times = cpus().map((core) => core.times);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((one) => Object.values(one))) };
}

/** All that faults of networks could have changed, once Docker has done with it: it takes rules out to put them first. */
export async function networkOf(machine: LabMachine): Promise<string> {
  const read = () => machine.exec('iptables -S; iptables -t nat -S; ip6tables -S; tc qdisc show');
  let last = '';
  return await eventually(async () => {
    const [earlier, now] = [last, last = await read()];
    return earlier === now && now;
  }, { what: `the network of ${machine.name} to stay as it is`, everyMs: 200 });
}

/** As the controller has it: with the room's known hosts and nothing of the user's. */
export async function dockerOverSsh(t: Scope, lab: SwarmLab): Promise<(address: string) => Promise<number>> {
  const folder = await temporaryFolder(t);
  const known = join(lab.folder, '.workshop', 'known_hosts');
  const ssh = join(folder, 'ssh');
  await writeFile(ssh, `#!/bin/sh\nexec ${findProgram('ssh')} -F none -o UserKnownHostsFile=${known} "$@"\n`);
  await chmod(ssh, 0o700);
  const env = { ...lab.env, PATH: `${folder}:${process.env.PATH}` };
  const { login } = lab.machines[0]!;
  return async (address) =>
    (await run(['docker', '-H', `ssh://${login}@${address}`, 'version'], { env, withinMs: 20_000 })).code;
}

/** The processes of ssh that share the connection to a host, or are it. */
export async function sessionsTo(connections: Connections, host: Host): Promise<number[]> {
  const socket = connections.command(host).join(' ').match(/ControlPath=(\S+)/)![1]!;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, at) => lines[at]!.includes(socket)).map(Number);
}
