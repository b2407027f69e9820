/** A Compose project of somebody else: a file of its own, in a folder of its own, on a real engine. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { composeClient } from '../scripts/lib/compose-project.ts';
import type { RunOptions } from '../scripts/lib/process.ts';
import { docker, output, type Run, run, uniqueName } from './docker.ts';
import { type Scope, temporaryFolder } from './machine.ts';
import { runScript, scriptCommand } from './script.ts';

export interface OtherProject {
  readonly name: string;
  readonly folder: string;
  /** What its file and our scripts need in their environment. */
  readonly env: NonNullable<RunOptions['env']>;
  /** `docker compose ARGS`, which has to succeed. */
  readonly compose: (...args: string[]) => Promise<string>;
  /** Runs one of our scripts there, about this project, whatever its exit code. */
  readonly script: (name: string, ...args: string[]) => Promise<Run>;
  /** The command line of the same. */
  readonly command: (name: string, ...args: string[]) => string[];
  /** The names of the running containers of a service, in the order of their numbers. */
  readonly containers: (service: string) => Promise<string[]>;
}

/** Writes the file; what becomes of the project is removed after the test. */
export async function writeProject(
  t: Scope,
  text: string,
  { env = {} }: Pick<RunOptions, 'env'> = {},
): Promise<OtherProject> {
  const name = uniqueName('coinroomtest').replace('-', '');
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'compose.yml'), text);
  const client = [...(await composeClient()).command, '--project-name', name];
  const options = { cwd: folder, env };
  t.after(() => removeProject(name));
  const command = (script: string, ...args: string[]): string[] => scriptCommand(script, [...args, '-p', name]);
  return {
    name,
    folder,
    env,
    compose: (...args) => output([...client, ...args], options),
    script: (script, ...args) => runScript(script, [...args, '-p', name], options),
    command,
    containers: async (service) => {
      const labels = [`project=${name}`, `service=${service}`].map((label) => `label=com.docker.compose.${label}`);
      const args = labels.flatMap((label) => ['--filter', label]);
      const names = (await docker('ps', ...args, '--format', '{{.Names}}')).split('\n').filter((one) => one !== '');
      return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    },
  };
}

/** All that is labelled as a project's; no Compose file is needed for it. */
async function removeProject(name: string): Promise<void> {
  const list = async (...args: string[]): Promise<string[]> =>
    (await docker(...args)).split('\n').filter((line) => line !== '');
  // Ours first: their network is that of a container of Compose's.
  const labels = ['coinroom.project', 'com.docker.compose.project'];
  const all = async (...args: string[]): Promise<string[]> =>
    (await Promise.all(labels.map((label) => list(...args, '--quiet', '--filter', `label=${label}=${name}`)))).flat();
  const containers = await all('ps', '--all');
  if (containers.length > 0) await run(['docker', 'rm', '--force', '--volumes', ...containers]);
  for (const what of ['network', 'volume']) {
    const names = await all(what, 'ls');
    if (names.length > 0) await run(['docker', what, 'rm', ...names]);
  }
}
