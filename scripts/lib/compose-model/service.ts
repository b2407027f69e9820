/** A service of the model, from the tree of its file. */
import { commandOf, healthcheckOf } from './command.ts';
import { environmentOf, type EnvironmentOptions } from './environment.ts';
import {
  amountOf,
  booleanOf,
  bytesOf,
  countOf,
  fieldOf,
  itemsOf,
  mappingOf,
  maybe,
  textMapOf,
  textOf,
  textsOf,
  timeOf,
  wordOf,
} from './fields.ts';
import { givenIn } from './given.ts';
import { assertKnown } from './keys.ts';
import type { Dependency, Resources, Restart, Service, ServiceLink } from './model.ts';
import { mountsOf } from './mounts.ts';
import { exposedOf, portsOf } from './ports.ts';
import { ComposeFileError, emptyAt, type Mapping, type Tree } from './tree.ts';

export function serviceOf(name: string, tree: Mapping, options: EnvironmentOptions): Service {
  assertKnown(name, tree);
  const deploy = maybe(tree, 'deploy', mappingOf) ?? emptyAt(tree.at);
  const mode = maybe(deploy, 'mode', (one, what) => wordOf(one, what, MODES));
  const image = maybe(tree, 'image', imageOf);
  const isBuilt = fieldOf(tree, 'build') !== undefined || fieldOf(tree, 'dockerfile') !== undefined;
  if (image === undefined && !isBuilt) {
    throw new ComposeFileError(tree.at, `the service ${name} has neither an image nor a build`);
  }
  return {
    ...{ name, at: tree.at, image, isBuilt },
    entrypoint: maybe(tree, 'entrypoint', commandOf),
    command: maybe(tree, 'command', commandOf),
    ...environmentOf(tree, options),
    labels: maybe(tree, 'labels', textMapOf) ?? new Map(),
    ports: portsOf(tree),
    exposed: exposedOf(tree),
    mounts: mountsOf(tree),
    dependencies: dependenciesOf(tree),
    links: linksOf(tree),
    ...healthcheckOf(tree),
    replicas: maybe(deploy, 'replicas', countOf) ?? maybe(tree, 'scale', countOf) ?? 1,
    isGlobal: mode === 'global' || mode === 'global-job',
    resources: resourcesOf(tree, deploy),
    restart: restartOf(tree, deploy),
    stopGraceMs: maybe(tree, 'stop_grace_period', timeOf),
    stopSignal: maybe(tree, 'stop_signal', textOf),
    user: maybe(tree, 'user', textOf),
    workingDirectory: maybe(tree, 'working_dir', textOf),
    hostname: maybe(tree, 'hostname', textOf),
    isReadOnly: maybe(tree, 'read_only', booleanOf) ?? false,
    isPrivileged: maybe(tree, 'privileged', booleanOf) ?? false,
    hasInit: maybe(tree, 'init', booleanOf),
    capabilities: { add: maybe(tree, 'cap_add', textsOf) ?? [], drop: maybe(tree, 'cap_drop', textsOf) ?? [] },
    securityOptions: maybe(tree, 'security_opt', textsOf) ?? [],
    networkMode: networkModeOf(maybe(tree, 'network_mode', textOf) ?? maybe(tree, 'net', textOf)),
    extraHosts: maybe(tree, 'extra_hosts', textMapOf) ?? new Map(),
    given: givenIn(tree),
  };
}

/** Of Docker (distribution/reference): the registry may have capital letters, the rest has none. */
const IMAGE = new RegExp(
  String.raw`^(?:(?:[\w-]+(?:\.[\w-]+)*|\[[\da-f:]+\])(?::\d+)?/)?` +
    String.raw`[a-z\d]+(?:(?:\.|__?|-+)[a-z\d]+)*(?:/[a-z\d]+(?:(?:\.|__?|-+)[a-z\d]+)*)*` +
    String.raw`(?::\w[\w.-]{0,127})?(?:@[a-z][\w.+-]*:[\da-f]+)?$`,
);

/** Empty, as an unset variable leaves it, it is none. */
function imageOf(tree: Tree, what: string): string | undefined {
  const text = textOf(tree, what);
  if (text === '' || IMAGE.test(text)) return text || undefined;
  const rule = 'an image is such as redis:7.4.2 or registry:5000/team/app:1, in small letters';
  throw new ComposeFileError(tree.at, `${rule}; got ${JSON.stringify(text)}`);
}

const MODES = ['replicated', 'global', 'replicated-job', 'global-job'] as const;

const CONDITIONS = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
} as const;

/** The usual one is the usual one: elsewhere there is no other bridge. */
function networkModeOf(mode: string | undefined): string | undefined {
  return mode === 'bridge' || mode === 'default' ? undefined : mode;
}

function dependenciesOf(service: Mapping): Dependency[] {
  const tree = fieldOf(service, 'depends_on');
  if (tree === undefined) return [];
  return [...mappingOf(tree, 'depends_on').entries].map(([name, one]): Dependency => {
    if (one.kind === 'scalar' && one.value === null) return { service: name, condition: 'started', isRequired: true };
    const fields = mappingOf(one, `depends_on.${name}`);
    const words = Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[];
    const condition = maybe(fields, 'condition', (word, what) => wordOf(word, what, words)) ?? 'service_started';
    const isRequired = maybe(fields, 'required', booleanOf) ?? true;
    return { service: name, condition: CONDITIONS[condition], isRequired };
  });
}

function linksOf(service: Mapping): ServiceLink[] {
  const tree = fieldOf(service, 'links');
  if (tree === undefined) return [];
  return itemsOf(tree, 'links').map((item) => {
    const [name, alias = name] = textOf(item, 'each of links').split(':');
    return { service: name!, alias: alias! };
  });
}

function resourcesOf(service: Mapping, deploy: Mapping): Resources {
  const resources = maybe(deploy, 'resources', mappingOf) ?? emptyAt(deploy.at);
  const limits = maybe(resources, 'limits', mappingOf) ?? emptyAt(deploy.at);
  const reserved = maybe(resources, 'reservations', mappingOf) ?? emptyAt(deploy.at);
  const cores = unlessNone(amountOf);
  const bytes = unlessNone(bytesOf);
  const count = unlessNone(countOf);
  return {
    cpuLimit: maybe(limits, 'cpus', cores) ?? maybe(service, 'cpus', cores),
    cpuReservation: maybe(reserved, 'cpus', cores),
    memoryLimitBytes: maybe(limits, 'memory', bytes) ?? maybe(service, 'mem_limit', bytes),
    memoryReservationBytes: maybe(reserved, 'memory', bytes) ?? maybe(service, 'mem_reservation', bytes),
    pidsLimit: maybe(limits, 'pids', count) ?? maybe(service, 'pids_limit', count),
  };
}

/** To Docker, 0 and -1 are no limit. */
function unlessNone(read: (tree: Tree, what: string) => number): (tree: Tree, what: string) => number | undefined {
  return (tree, what) => textOf(tree, what) === '-1' ? undefined : read(tree, what) || undefined;
}

const POLICIES = { none: 'no', 'on-failure': 'on-failure', any: 'always' } as const;

function restartOf(service: Mapping, deploy: Mapping): Restart {
  const policy = maybe(deploy, 'restart_policy', mappingOf);
  const words = Object.keys(POLICIES) as (keyof typeof POLICIES)[];
  if (policy) return POLICIES[maybe(policy, 'condition', (one, what) => wordOf(one, what, words)) ?? 'any'];
  return maybe(service, 'restart', restartWordOf) ?? 'no';
}

/** `on-failure:3` is one; so is `no` without quotes, which older YAML takes for false. */
function restartWordOf(tree: Tree, what: string): Restart {
  const text = textOf(tree, what).replace(/^(on-failure):\d+$/, '$1').replace(/^false$/, 'no');
  return wordOf({ kind: 'scalar', at: tree.at, value: text }, what, ['no', 'always', 'on-failure', 'unless-stopped']);
}
