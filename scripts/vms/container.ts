/** One machine of the lab: its container, who logs in, and whether it answers. */
import { connect } from 'node:net';
import { CommandError, run } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';
import type { Stage } from './image.ts';
import { LAB_LABEL, labelsOf, type NewMachine } from './labels.ts';
import type { Allowed } from './rights.ts';

/** A machine that runs, and is not reached from here. */
export class NotReachedError extends Error {
  override name = 'NotReachedError';
}

/** The command that makes it and starts it. */
export function runCommand(machine: NewMachine, image: string, { rights, nameServers }: Allowed): string[] {
  const { origin: lab, name, containerName, address } = machine;
  return [
    ...['docker', 'run', '--detach', '--init', '--name', containerName, '--hostname', name],
    ...['--network', lab, '--ip', address, ...rights.args],
    // As on a VM: up again with its host, and empty at each start.
    ...['--restart', 'unless-stopped', '--tmpfs', '/run', '--stop-timeout', '30'],
    // An engine cannot keep its layers in another's; whoever installs one there needs it too.
    ...['--mount', `type=volume,src=${containerName},dst=/var/lib/docker,volume-label=${LAB_LABEL}=${lab}`],
    ...(nameServers.length === 0 ? [] : ['--env', `LAB_DNS=${nameServers.join(' ')}`]),
    ...labelsOf(machine),
    image,
  ];
}

export interface Login {
  readonly name: string;
  readonly password: string;
}

const SET_LOGIN = `set -e
id -u "$1" >/dev/null 2>&1 || useradd --create-home --shell /bin/bash "$1"
for group in sudo docker; do ! getent group $group >/dev/null || usermod --append --groups $group "$1"; done
printf '%s ALL=(ALL) NOPASSWD:ALL\\n' "$1" >/etc/sudoers.d/90-lab
chmod 440 /etc/sudoers.d/90-lab
exec chpasswd`;

/** The password goes in by the standard input: it stands in no command line, no label and no layer of an image. */
export async function setLogin(container: string, { name, password }: Login, signal: AbortSignal): Promise<void> {
  const command = ['docker', 'exec', '--interactive', container, 'sh', '-c', SET_LOGIN, 'sh', name];
  const finished = await run(command, { input: `${name}:${password}\n`, signal });
  if (finished.code !== 0) throw new CommandError(['docker', 'exec', container, 'chpasswd'], finished);
}

/** One look from inside after the other, in one `docker exec`: each of these would cost a tenth of a second of CPU. */
const UNTIL_READY = `
ssh_answers() { (exec 3<>/dev/tcp/127.0.0.1/22 && read -r -t 5 banner <&3 && [[ $banner == SSH-2.0-* ]]) 2>/dev/null; }
engine_answers() { [ "$1" = plain ] || curl -fsS --max-time 5 --unix-socket /run/docker.sock http://docker/_ping; }
for what in ssh engine; do
  until "$what"_answers "$1" >/dev/null 2>&1; do
    if [ $SECONDS -ge "$2" ]; then
      echo "its $what does not answer" >&2
      [ "$what" = ssh ] || tail -n 2 /var/log/docker.log >&2
      exit 1
    fi
    sleep 0.2
  done
done`;

/** Resolves when its sshd and, where it has one, its engine answer. @throws Error that says which does not */
export async function untilReady(
  container: string,
  { stage, withinMs, signal }: { readonly stage: Stage; readonly withinMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const command = [
    'docker',
    'exec',
    container,
    'bash',
    '-c',
    UNTIL_READY,
    'bash',
    stage,
    String(Math.ceil(withinMs / 1000)),
  ];
  const { code, stderr } = await run(command, { withinMs: withinMs + 20_000, signal });
  if (code === 0) return;
  const { stdout: log } = await run(['docker', 'logs', '--tail', '3', container]);
  throw new Error([stderr.trim(), log.trim()].filter((text) => text !== '').join('\n') || `it ended with ${code}`);
}

const REACHED_WITHIN_MS = 10_000;

/** Resolves when its sshd has been heard from here. @throws NotReachedError */
export async function untilReached(address: string, signal: AbortSignal, port = 22): Promise<void> {
  const hear = async (): Promise<true | undefined> =>
    (await bannerOf(address, port)).startsWith('SSH-2.0-') || undefined;
  await waitFor(hear, { what: 'its sshd', withinMs: REACHED_WITHIN_MS, signal }).catch((error: Error) => {
    signal.throwIfAborted();
    throw new NotReachedError(
      `it runs, and ${address} is not reached from here: machines of the lab are reached from the engine's own host, and ` +
        'there only where that is Linux (Docker Desktop keeps its containers in a VM of its own)',
      { cause: error },
    );
  });
}

/** The first that whoever listens there says; empty when nobody does, or says nothing. */
async function bannerOf(host: string, port: number): Promise<string> {
  const socket = connect({ host, port }).setEncoding('utf8');
  try {
    return await new Promise((resolve) => {
      const silent = (): void => resolve('');
      socket.on('data', resolve).on('error', silent).on('close', silent).setTimeout(2000, silent);
    });
  } finally {
    socket.destroy();
  }
}
