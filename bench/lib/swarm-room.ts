/** Three machines of a lab, a stack on them, and two ways to it: swarm.mjs, and docker over ssh as somebody types it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../../src/webui/snapshot.ts';
import { output, run, uniqueName } from '../../testkit/docker.ts';
import { eventually } from '../../testkit/eventually.ts';
import type { LabMachine } from '../../testkit/lab.ts';
import { ROOT, type Scope } from '../../testkit/machine.ts';
import { pushedFile } from '../../testkit/pushed-file.ts';
import { startSwarmLab, type SwarmLab } from '../../testkit/swarm-lab.ts';

/** What a bench changes of a service of a stack; all else stays. */
export interface StackService {
  image: string;
  deploy: Record<string, unknown> & {
    replicas?: number;
    update_config?: unknown;
    rollback_config?: unknown;
    placement?: { readonly constraints: readonly string[] };
  };
}

export type Services = Record<string, StackService>;

export interface SwarmRoom extends SwarmLab {
  /** Of the application, as version 1 and as version 2. */
  readonly images: readonly [string, string];
  readonly manager: LabMachine;
  /** A command line on a machine, by ssh, without a connection that is kept: what it printed. */
  readonly ssh: (machine: LabMachine, command: string) => Promise<string>;
  /** The stack that swarm.mjs deploys, changed. */
  readonly stack: (endpoint: string, change?: (services: Services) => void) => Promise<string>;
  /** `docker stack deploy` of a file by hand. */
  readonly deployByHand: (file: string) => Promise<unknown>;
  /** What the webui says of this second. */
  readonly numbers: () => Promise<Snapshot>;
  /** Waits until the numbers are like this. */
  readonly until: (what: string, isSo: (numbers: Snapshot) => boolean, withinMs?: number) => Promise<unknown>;
}

const BASES = ['redis:7.4.2', 'haproxy:3.2.21'];

/** For swarm.mjs, in the folder of the lab. */
export const STACK_FILE = 'stack.yml';

/** Their engines are in no Swarm, and have all images. */
export async function startSwarmRoom(scope: Scope): Promise<SwarmRoom> {
  const image = uniqueName('coinroom-bench');
  const images = [`${image}:1`, `${image}:2`] as const;
  scope.after(() => run(['docker', 'rmi', '--force', ...images]));
  for (const [at, name] of images.entries()) {
    const args = ['--build-arg', `VERSION=${at + 1}`, '--tag', name];
    await output(['docker', 'build', '--quiet', ...args, ROOT], { env: { DOCKER_BUILDKIT: '0' } });
  }
  const lab = await startSwarmLab(scope, 3);
  await lab.load(...images, ...BASES);
  await writeFile(join(lab.folder, STACK_FILE), pushedFile(images[0]));

  const manager = lab.machines[0]!;
  const options = [
    'BatchMode=yes',
    'ControlPath=none',
    `UserKnownHostsFile=${join(lab.folder, '.workshop', 'known_hosts')}`,
  ];
  const ssh = (machine: LabMachine, command: string, input = ''): Promise<string> =>
    output(
      ['ssh', '-F', 'none', ...options.flatMap((one) => ['-o', one]), `${machine.login}@${machine.address}`, command],
      { env: lab.env, input },
    );
  const numbers = async (): Promise<Snapshot> => {
    const response = await fetch(`http://${manager.address}:8000/json`, { signal: AbortSignal.timeout(2000) });
    return await response.json() as Snapshot;
  };
  return {
    ...{ ...lab, images, manager, numbers },
    ssh: (machine, command) => ssh(machine, command),
    stack: async (endpoint, change) => {
      const flags = ['--endpoint', endpoint, '--dry-run', '--json'];
      const { code, stdout, output: text } = await lab.trySwarm('deploy', '-f', STACK_FILE, ...flags);
      if (code !== 0) throw new Error(text);
      const { stack } = JSON.parse(stdout) as { stack: { services: Services } };
      change?.(stack.services);
      return JSON.stringify(stack);
    },
    // No registry knows these images: without the flag docker would ask one, and wait for it.
    deployByHand: (file) => ssh(manager, 'docker stack deploy --resolve-image never --compose-file - coinroom', file),
    until: (what, isSo, withinMs = 180_000) =>
      eventually(async () => isSo(await numbers()), { what, withinMs, everyMs: 50 }),
  };
}

/** Whether so many hashes a second are mined, within 10 %. */
export function isAbout(wanted: number): (numbers: Snapshot) => boolean {
  return ({ hash_speed_10s: speed }) => speed !== null && Math.abs(speed - wanted) <= wanted / 10;
}
