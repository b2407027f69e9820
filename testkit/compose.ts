/** A project of our compose.yml on a real engine: its own name, its own ports. */
import type { RunOptions } from '../scripts/lib/process.ts';
import { docker, output, type Run, run, uniqueName } from './docker.ts';
import { composeClient } from '../scripts/lib/compose-project.ts';
import { ROOT, type Scope } from './machine.ts';
import type { Snapshot } from '../src/webui/snapshot.ts';

export interface Project {
  readonly name: string;
  /** Of its image. */
  readonly version: string;
  /** What our scripts need in their environment to be about this project. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `docker compose ARGS`, which has to succeed. */
  readonly compose: (...args: string[]) => Promise<string>;
  /** Where the page answers. */
  readonly url: () => Promise<string>;
  readonly numbers: () => Promise<Snapshot>;
  /** The ids of the containers of a service, also of those that have ended. */
  readonly containers: (service: string) => Promise<string[]>;
  /** Runs the audit in the project's network. */
  readonly audit: () => Promise<Run>;
}

/** A project with these variables, `name` for one that is there; what has become of it is removed after the test. */
export async function createProject(
  t: Scope,
  { name = uniqueName('coinroom-test').replace(/\W/g, ''), ...env }: Readonly<Record<string, string>> = {},
): Promise<Project> {
  const version = env.VERSION ?? name;
  const command = [...(await composeClient()).command, '--project-name', name];
  // 0: a free port; a range would be taken from those who test something else.
  const ports = { WEBUI_PORT: '0', RNG_PORTS: '0', HASHER_PORTS: '0' };
  const options: RunOptions = { cwd: ROOT, env: { ...ports, VERSION: version, DOCKER_BUILDKIT: '0', ...env } };
  t.after(async () => {
    await run([...command, 'down', '--volumes', '--timeout', '1'], options);
    await run(['docker', 'rmi', '--force', `coinroom:${version}`]);
  });
  const compose = (...args: string[]): Promise<string> => output([...command, ...args], options);
  const containers = async (service: string): Promise<string[]> =>
    (await compose('ps', '--quiet', service)).split('\n').filter((id) => /^[0-9a-f]{12,}$/.test(id));
  const url = async (): Promise<string> => {
    const [webui] = await containers('webui');
    return `http://${(await docker('port', webui!, '80/tcp')).split('\n')[0]!.replace('0.0.0.0', '127.0.0.1')}`;
  };
  return {
    name,
    version,
    env: options.env!,
    compose,
    url,
    numbers: async () => await (await fetch(`${await url()}/json`)).json() as Snapshot,
    containers,
    audit: () =>
      run([
        ...['docker', 'run', '--rm', '--network', `${name}_default`, `coinroom:${version}`],
        ...['audit', '--store-url', 'redis://redis:6379', '--strict'],
      ]),
  };
}
