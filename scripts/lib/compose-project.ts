/**
 * A Compose project as its own tool sees it: with `docker compose` where it is there, else with docker-compose. What a
 * file means after variables, anchors and overlays, the tool is asked for (`config`) and not guessed.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { which } from 'zx';
import { type Container, listContainers } from './containers.ts';
import { UsageError } from './command-line.ts';
import { composeFiles } from './compose-files.ts';
import type { Engine } from './engine.ts';
import { CommandError, type Finished, needPrograms, run, type RunOptions } from './process.ts';

export interface ProjectOptions {
  /** In their order; default: what COMPOSE_FILE says, else the file that Compose takes here, with its override. */
  readonly files?: readonly string[] | undefined;
  /** Default: what Compose would take. */
  readonly name?: string | undefined;
  /** Variables for what stands in the files. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface ServiceConfig {
  readonly image?: string;
  readonly build?: string | { readonly context?: string };
  readonly container_name?: string;
  readonly network_mode?: string;
  readonly ports?: readonly (string | number | {
    readonly published?: string | number;
    readonly target: number;
    readonly protocol?: string;
  })[];
  readonly volumes?:
    readonly (string | { readonly type: string; readonly source?: string; readonly read_only?: boolean })[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly disable?: boolean };
  /** `service` or `service:alias`. */
  readonly links?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly environment?: Entries;
  readonly labels?: Entries;
  readonly expose?: readonly (string | number)[];
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly aliases?: readonly string[] } | null>>;
}

/** What Compose lets people write as `NAME: value` or as `- NAME=value`. */
export type Entries = readonly string[] | Readonly<Record<string, string | number | boolean | null>>;

/** A name without a value has the empty one. */
export function entriesOf(entries: Entries = {}): Map<string, string> {
  if (!Array.isArray(entries)) return new Map(Object.entries(entries).map(([name, value]) => [name, `${value ?? ''}`]));
  return new Map((entries as readonly string[]).map((entry) => {
    const [name] = entry.split('=', 1);
    return [name!, entry.slice(name!.length + 1)];
  }));
}

export interface Project {
  readonly name: string;
  /** The folder of the first file. */
  readonly directory: string;
  readonly files: readonly string[];
  /** What the first file says in `version:`. */
  readonly version: string | undefined;
  /** By name, in the order of the tool. */
  readonly services: ReadonlyMap<string, ServiceConfig>;
  /**
   * Runs the tool with these arguments. `overlay` is one more file, in Compose's own terms.
   *
   * @throws CommandError when it does not end with 0
   */
  readonly compose: (args: readonly string[], options?: ComposeOptions) => Promise<Finished>;
  /** The project's containers, stopped ones too; those of one service in the order of their numbers. */
  readonly containers: (service?: string, engine?: Engine) => Promise<Container[]>;
  /** The name that an image gets which has none in the file. */
  readonly builtName: (service: string) => string;
}

export interface ComposeOptions extends RunOptions {
  readonly files?: readonly string[];
}

/** @throws UsageError for a file that is not there; CommandError with what the tool says of a file it cannot take */
export async function openProject(options: ProjectOptions = {}): Promise<Project> {
  const { files = composeFiles(), env = {}, signal } = options;
  for (const file of files) {
    if (!existsSync(file)) throw new UsageError(`There is no Compose file ${file}`);
  }
  const paths = files.map((file) => resolve(file));
  const directory = dirname(paths[0]!);
  const client = await composeClient();
  const name = options.name ?? process.env.COMPOSE_PROJECT_NAME;
  const named = name === undefined ? [] : ['--project-name', name];
  const compose: Project['compose'] = async (args, { files: others = paths, ...more } = {}) => {
    const command = [...client.command, ...others.flatMap((path) => ['--file', path]), ...named, ...args];
    // Said again with another overlay, relative paths stay relative to the first file.
    const finished = await run(command, {
      cwd: directory,
      ...(signal ? { signal } : {}),
      ...more,
      env: { ...NO_OTHER_AUTHORITY, ...env, ...more.env },
    });
    if (finished.code !== 0) throw new CommandError(command, finished);
    return finished;
  };
  const config = parse((await compose(['config'])).stdout) as {
    readonly name?: string;
    readonly services?: Readonly<Record<string, ServiceConfig>>;
  };
  const projectName = name ?? config.name ?? basename(directory).toLowerCase().replaceAll(/[^-_a-z0-9]/g, '');
  return {
    name: projectName,
    directory,
    files: paths,
    version: versionOf(await readFile(paths[0]!, 'utf8')),
    services: new Map(Object.entries(config.services ?? {})),
    compose,
    containers: async (service, engine) =>
      await listContainers({ project: projectName, ...(service === undefined ? {} : { service }) }, engine),
    builtName: (service) => `${projectName}${client.separator}${service}`,
  };
}

/** The tool has read the file already, so it can be read. */
function versionOf(text: string): string | undefined {
  const { version } = parse(text, { merge: true }) as { readonly version?: unknown };
  return version === undefined ? undefined : String(version);
}

/** docker-compose would trust whom these name, and not whom DOCKER_CERT_PATH does: requests puts them first (its issue 3829). */
const NO_OTHER_AUTHORITY = { REQUESTS_CA_BUNDLE: undefined, CURL_CA_BUNDLE: undefined };

export interface ComposeClient {
  readonly command: readonly string[];
  /** Between the parts of a name that it makes. */
  readonly separator: '-' | '_';
}

/** @throws Error when there is neither */
export async function composeClient(): Promise<ComposeClient> {
  await needPrograms('docker');
  const plugin = ['docker', 'compose'];
  const { code } = await run([...plugin, 'version'], { withinMs: 20_000 });
  if (code === 0) return { command: plugin, separator: '-' };
  // Not asked for its version: that takes it over a second.
  if (await which('docker-compose', { nothrow: true })) return { command: ['docker-compose'], separator: '_' };
  throw new Error('This needs Docker Compose, which is not on this machine: https://docs.docker.com/compose/install/');
}
