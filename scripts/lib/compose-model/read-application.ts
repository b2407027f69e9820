/** Compose files as an application: as people write them today, and as they did in versions 1 and 2. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { composeFiles } from '../compose-files.ts';
import { UsageError } from '../command-line.ts';
import { parseEnvFile } from './environment.ts';
import { booleanOf, fieldOf, mappingOf, maybe, textOf, textsOf } from './fields.ts';
import type { Variables } from './interpolate.ts';
import { FIRST_VERSION, loadFiles } from './load.ts';
import type { Application, Given, NamedVolume, Service } from './model.ts';
import { serviceOf } from './service.ts';
import { ComposeFileError, emptyAt, type Mapping, type Tree } from './tree.ts';

export interface ReadOptions {
  /** In their order; default: what COMPOSE_FILE says, else the file that Compose takes here, with its override. */
  readonly files?: readonly string[] | undefined;
  /** Default: `name:` of the files, else the folder of the first. */
  readonly name?: string | undefined;
  /** Which are on; default: what COMPOSE_PROFILES says. */
  readonly profiles?: readonly string[] | undefined;
  /** Default: this process's. */
  readonly env?: Variables | undefined;
}

/** @throws SyntaxError with file and line, or UsageError for a file that is not there */
export async function readApplication(
  { files: named, name, profiles, env = process.env }: ReadOptions = {},
): Promise<Application> {
  const files = named ?? composeFiles();
  const directory = dirname(resolve(files[0]!));
  const variables = { ...dotEnv(directory, env), ...env };
  const loaded = loadFiles(files, variables);
  const { tree } = loaded;
  const unset = loaded.unset.map(({ name: key, at }) => ({ key, at }));
  const active = profiles ?? (env.COMPOSE_PROFILES ?? '').split(',').filter((one) => one !== '');
  const resolvePath = (path: string, namedIn: string): string =>
    isAbsolute(path) ? path : join(files.includes(namedIn) ? directory : dirname(namedIn), path);
  const all = mappingOrNone(tree, 'services');
  const chosen = [...all.entries].filter(([, service]) => isOn(mappingOf(service, 'a service'), active));
  const services = chosen.map(([one, service]) =>
    serviceOf(one, service as Mapping, { variables, resolve: resolvePath })
  );
  if (services.length === 0) throw new UsageError(`${files.join(', ')}: there is no service`);
  const volumes = volumesOf(tree);
  const isOld = maybe(tree, 'version', textOf) === FIRST_VERSION;
  for (const service of services) assertWhole(service, { services, all, volumes, isOld });
  assertNoRing(services);
  return { name: name ?? nameOf(tree, directory, env), services, volumes, others: othersOf(tree), unset };
}

/** What stands beside the first file; a variable of the process counts more. */
function dotEnv(directory: string, variables: Variables): Record<string, string> {
  const file = join(directory, '.env');
  return existsSync(file) ? Object.fromEntries(parseEnvFile(readFileSync(file, 'utf8'), { file, variables })) : {};
}

function mappingOrNone(tree: Mapping, key: string): Mapping {
  return maybe(tree, key, mappingOf) ?? emptyAt(tree.at);
}

function isOn(service: Mapping, active: readonly string[]): boolean {
  const profiles = maybe(service, 'profiles', textsOf) ?? [];
  return profiles.length === 0 || profiles.some((one) => active.includes(one) || active.includes('*'));
}

function volumesOf(tree: Mapping): Map<string, NamedVolume> {
  return new Map([...mappingOrNone(tree, 'volumes').entries].map(([name, volume]) => {
    const external = volume.kind === 'mapping' ? fieldOf(volume, 'external') : undefined;
    const isExternal = external !== undefined && (external.kind === 'mapping' || booleanOf(external, 'external'));
    return [name, { name, isExternal, at: volume.at }];
  }));
}

interface Whole {
  readonly services: readonly Service[];
  /** Those too whose profile is off. */
  readonly all: Mapping;
  readonly volumes: ReadonlyMap<string, NamedVolume>;
  /** Files of version 1 name volumes and do not declare them. */
  readonly isOld: boolean;
}

/** That whatever it names is there. */
function assertWhole(
  { name, at, dependencies, links, mounts, given }: Service,
  { services, all, volumes, isOld }: Whole,
): void {
  const placeOf = (key: string) => given.find((one) => one.key === key)?.at ?? at;
  const needed = [
    ...dependencies.filter(({ isRequired }) => isRequired).map(({ service }) => ['depends_on', service] as const),
    ...links.map(({ service }) => ['links', service] as const),
  ];
  for (const [key, other] of needed) {
    if (services.some((service) => service.name === other)) continue;
    const why = all.entries.has(other) ? 'whose profile is not on' : 'which is no service of these files';
    throw new ComposeFileError(placeOf(key), `${key}: ${name} needs ${other}, ${why}`);
  }
  for (const mount of mounts) {
    if (isOld || mount.kind !== 'volume' || volumes.has(mount.name)) continue;
    throw new ComposeFileError(mount.at, `${name} mounts ${mount.name}, which is not among the volumes of these files`);
  }
}

/** Services that wait for each other in a ring never begin. */
function assertNoRing(services: readonly Service[]): void {
  const byName = new Map(services.map((service) => [service.name, service]));
  const done = new Set<string>();
  const walk = (service: Service, path: readonly string[]): void => {
    if (done.has(service.name)) return;
    if (path.includes(service.name)) {
      const ring = [...path.slice(path.indexOf(service.name)), service.name].join(' -> ');
      const at = service.given.find(({ key }) => key === 'depends_on' || key === 'links')?.at ?? service.at;
      throw new ComposeFileError(at, `services depend on each other in a ring: ${ring}`);
    }
    const others = [...service.dependencies, ...service.links].flatMap((one) => byName.get(one.service) ?? []);
    for (const other of others) walk(other, [...path, service.name]);
    done.add(service.name);
  };
  for (const service of services) walk(service, []);
}

/** Small letters, digits, `-` and `_`, as Compose makes it of a folder. */
function nameOf(tree: Mapping, directory: string, { COMPOSE_PROJECT_NAME }: Variables): string {
  const given = COMPOSE_PROJECT_NAME || maybe(tree, 'name', textOf) || basename(directory);
  const name = given.toLowerCase().replaceAll(/[^-_a-z0-9]/g, '').replace(/^[-_]+/, '');
  if (name !== '') return name;
  throw new ComposeFileError(
    tree.at,
    `the name of the application has to have a letter or a digit; got ${JSON.stringify(given)}`,
  );
}

const OTHERS = ['networks', 'secrets', 'configs', 'models'];

function othersOf(tree: Mapping): Given[] {
  const others = OTHERS.flatMap((key) =>
    [...mappingOrNone(tree, key).entries].map(([name, one]) => ({ key: `${key}.${name}`, at: one.at, one }))
  );
  // All have it; nothing is said of it by its name alone.
  const isNothing = (key: string, one: Tree): boolean =>
    key === 'networks.default' && (one.kind === 'mapping' ? one.entries.size === 0 : one.kind === 'scalar');
  const volumes = [...mappingOrNone(tree, 'volumes').entries].flatMap(([name, volume]) =>
    unkeptOf(volume).map(({ key, at }) => ({ key: `volumes.${name}.${key}`, at }))
  );
  return [...others.filter(({ key, one }) => !isNothing(key, one)).map(({ key, at }) => ({ key, at })), ...volumes];
}

/** Of a volume: all but that it is external, and the driver that all have. */
function unkeptOf(volume: Tree): Given[] {
  if (volume.kind !== 'mapping') return [];
  const external = volume.entries.get('external');
  const name = external?.kind === 'mapping' ? external.entries.get('name') : undefined;
  return [
    ...[...volume.entries].filter(([key, one]) =>
      key !== 'external' && !key.startsWith('x-') &&
      !(key === 'driver' && one.kind === 'scalar' && one.value === 'local')
    ).map(([key, { at }]) => ({ key, at })),
    ...(name ? [{ key: 'external.name', at: name.at }] : []),
  ];
}
