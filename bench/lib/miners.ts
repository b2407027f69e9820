/** Applications of DockerCoins' kind as Compose projects: ours, and one in a folder of this machine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { composeClient } from '../../scripts/lib/compose-project.ts';
import { createProject } from '../../testkit/compose.ts';
import { output, run, uniqueName } from '../../testkit/docker.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { freePort } from '../../testkit/ports.ts';

export interface Miner {
  /** Hashes so far, as its page says. @throws Error where it does not say within a second */
  readonly hashes: () => Promise<number>;
  /** Has so many containers of a service from now on. */
  readonly scale: (service: string, count: number) => Promise<unknown>;
  /** The ids of the containers of a service. */
  readonly containers: (service: string) => Promise<readonly string[]>;
  /** Starts what does not run. */
  readonly mend: () => Promise<unknown>;
}

/** How long a page may take. */
const WITHIN_MS = 1000;

/** As compose.yml has it: with its restart policy, one container of each service. */
export async function startOurs(scope: Scope): Promise<Miner> {
  const port = String(await freePort());
  const { compose, containers } = await createProject(scope, { name: projectName('ours'), WEBUI_PORT: port });
  await compose('up', '--detach', '--build');
  return { hashes: askPage(port), containers, ...withCompose(compose) };
}

/** @param folder with a Compose file of services that have the names and the webui of DockerCoins; `build:` works, too */
export async function startTheirs(scope: Scope, folder: string): Promise<Miner> {
  const client = (await composeClient()).command;
  const file = join(await temporaryFolder(scope), 'compose.yml');
  // As it is, but for the ports: another container of rng could not have the one of the first.
  const config = parse(await output([...client, 'config'], { cwd: folder })) as Config;
  for (const service of Object.values(config.services)) delete service.ports;
  const port = String(await freePort());
  config.services.webui!.ports = [`${port}:80`];
  delete config.name;
  await writeFile(file, stringify(config));
  const command = [...client, '--project-name', projectName('peer'), '--file', file];
  scope.after(() => run([...command, 'down', '--volumes', '--timeout', '1']));
  const compose = (...args: string[]): Promise<string> => output([...command, ...args]);
  await compose('up', '--detach', '--build');
  const containers = async (service: string): Promise<string[]> =>
    (await compose('ps', '--quiet', service)).split('\n').filter((id) => /^[0-9a-f]{12,}$/.test(id));
  return { hashes: askPage(port), containers, ...withCompose(compose) };
}

function projectName(who: string): string {
  return uniqueName(`coinroom-bench-${who}`).replace(/\W/g, '');
}

interface Config {
  name?: string;
  readonly services: Record<string, { ports?: string[] }>;
}

function withCompose(compose: (...args: string[]) => Promise<string>): Pick<Miner, 'scale' | 'mend'> {
  return {
    scale: (service, count) => compose('up', '--detach', '--no-recreate', '--scale', `${service}=${count}`, service),
    mend: () => compose('start'),
  };
}

function askPage(port: string): Miner['hashes'] {
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/json`, { signal: AbortSignal.timeout(WITHIN_MS) });
    // DockerCoins has it as Redis says it: as text, or null before the first.
    const { hashes } = await answer.json() as { hashes: number | string | null };
    if (!answer.ok || hashes === null) throw new Error('Its page does not know the hashes');
    return Number(hashes);
  };
}
