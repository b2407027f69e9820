/**
 * A Compose file as a stack of a Swarm: what the file means, in the terms that managers take, and aloud what they do not.
 * Pure: the same file gives the same stack.
 */

import { entriesOf, type ServiceConfig } from '../lib/compose-project.ts';
import { PUBLISHED_LABEL } from '../lib/published-label.ts';
import { FRONT, frontService, type PublishedService, publishedService } from './front.ts';
import { portsOf } from './stack-ports.ts';
import { volumesOf } from './stack-volumes.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface StackOptions {
  /** How the tasks of a service are found: all their addresses, or one that the kernel balances. */
  readonly endpoint: 'dnsrr' | 'vip';
  /** The label of the node that keeps volumes. */
  readonly dataLabel: string;
  /** Of HAProxy, for what stands in front where the kernel does not balance. */
  readonly frontImage: string;
}

export interface Stack {
  readonly file: Fields;
  /** What is reached at ports of the nodes, over TCP. */
  readonly published: readonly PublishedService[];
  /** What could not be carried over, a line each. */
  readonly losses: readonly string[];
}

/** Taken as they are (Compose file version 3.8). */
const KEPT = new Set([
  ...['image', 'command', 'entrypoint', 'environment', 'labels', 'healthcheck', 'stop_grace_period', 'stop_signal'],
  ...['read_only', 'cap_add', 'cap_drop', 'user', 'working_dir', 'init', 'sysctls', 'ulimits', 'hostname', 'tty'],
  ...['extra_hosts', 'dns', 'logging'],
]);

/** What a Swarm keeps, and gives to tasks. */
const GIVEN = ['secrets', 'configs'] as const;

/** Carried over under another name, below. */
const MAPPED = new Set([
  ...['restart', 'mem_limit', 'cpus', 'ports', 'volumes', 'tmpfs', 'deploy', 'build', 'networks', ...GIVEN],
]);

/** What a Swarm does in another way, or not at all. */
const REASONS: Readonly<Record<string, string>> = {
  depends_on: 'services begin in any order, and have to bear that',
  security_opt: 'a stack has no such option',
  pids_limit: 'a stack of this version has no such limit',
  container_name: 'each task has a name of its own',
  links: 'every service is known to all by its name',
  network_mode: 'tasks share no network namespace',
  profiles: 'a stack has all its services',
};

/** Two at a time, the new one before the old one ends; back by itself when the new one does not get well. */
const UPDATE = { parallelism: 2, order: 'start-first', failure_action: 'rollback', monitor: '5s' } as const;

/**
 * @param config what `docker compose config` says
 * @throws SyntaxError for labels that cannot be read, and for a service that has the name of ours
 */
export function toStack(config: Fields, { endpoint, dataLabel, frontImage }: StackOptions): Stack {
  const losses: string[] = [];
  const published: PublishedService[] = [];
  const services = Object.entries(fieldsOf(config.services)).map(([name, given]) => {
    const service = fieldsOf(given);
    const lose = (what: string, why: string): void => void losses.push(`${name}: ${what}: ${why}`);
    for (const key of Object.keys(service)) {
      if (!KEPT.has(key) && !MAPPED.has(key)) lose(key, REASONS[key] ?? 'a stack does not know it');
    }
    if (!String(service.image).includes('@sha256:')) {
      lose('image', `${service.image} has no digest: each node may have another`);
    }
    const volumes = volumesOf(service, lose);
    if (Object.keys(fieldsOf(service.networks)).some((network) => network !== 'default')) {
      lose('networks', 'all services of a stack of ours are in one network');
    }
    const { ports, own } = portsOf(service, endpoint, lose);
    const open = ports.filter(({ protocol }) => protocol === 'tcp');
    for (const port of open) {
      published.push(publishedService(name, service as ServiceConfig, port));
    }
    // Two that want the same port of a node, or the same volume, are not there at the same time.
    const order = volumes.isBound || own.some(({ mode }) => mode === 'host') ? 'stop-first' : UPDATE.order;
    const kept = Object.fromEntries(Object.entries(service).filter(([key]) => KEPT.has(key)));
    return [name, {
      ...kept,
      ...(open.length > 0 ? { labels: withPublished(service, open) } : {}),
      ...Object.fromEntries(GIVEN.flatMap((kind) => givenTo(service, { kind, config, lose }))),
      ...(own.length > 0 ? { ports: own } : {}),
      ...(volumes.list.length > 0 ? { volumes: volumes.list } : {}),
      deploy: {
        endpoint_mode: endpoint,
        restart_policy: { condition: RESTART[String(service.restart ?? 'no').split(':')[0]!] ?? 'any' },
        update_config: { ...UPDATE, order },
        rollback_config: { parallelism: UPDATE.parallelism, order },
        ...limitsOf(service),
        ...(volumes.isBound ? { placement: { constraints: [`node.labels.${dataLabel} == true`] } } : {}),
        ...fieldsOf(service.deploy),
      },
    }] as const;
  });
  const volumes = config.volumes === undefined ? {} : { volumes: config.volumes };
  const given = Object.fromEntries(GIVEN.flatMap((kind) => {
    const external = Object.entries(fieldsOf(config[kind])).filter(([, one]) => isExternal(one));
    return external.length === 0 ? [] : [[kind, Object.fromEntries(external)]];
  }));
  // In a network without this nobody else can look in: a container that is started by hand, to see what a task sees.
  const networks = { default: { driver: 'overlay', attachable: true } };
  const all = Object.fromEntries(services);
  const isFronted = endpoint === 'dnsrr' && published.length > 0;
  if (isFronted && FRONT in all) {
    throw new SyntaxError(
      `Cannot put HAProxy in front of this stack: it is called ${FRONT}, as a service of the file; rename that one`,
    );
  }
  const front = isFronted ? { [FRONT]: frontService(published, frontImage) } : {};
  return {
    file: { version: '3.8', services: { ...all, ...front }, networks, ...volumes, ...given },
    published,
    losses,
  };
}

function withPublished({ labels }: Fields, ports: readonly { readonly published: number }[]): Fields {
  const own = { [PUBLISHED_LABEL]: ports.map(({ published }) => published).join(' ') };
  return { ...Object.fromEntries(entriesOf(labels as ServiceConfig['labels'])), ...own };
}

const RESTART: Readonly<Record<string, string>> = {
  no: 'none',
  'on-failure': 'on-failure',
  always: 'any',
  'unless-stopped': 'any',
};

export function fieldsOf(value: unknown): Fields {
  return (value ?? {}) as Fields;
}

/** Says aloud what is not carried over. */
export type Lose = (what: string, why: string) => void;

function limitsOf({ mem_limit: memory, cpus }: Fields): Fields {
  if (memory === undefined && cpus === undefined) return {};
  const limits = {
    ...(memory === undefined ? {} : { memory: sizeOf(memory) }),
    ...(cpus === undefined ? {} : { cpus: String(cpus) }),
  };
  return { resources: { limits } };
}

/** Compose v2 writes bytes, as a text. */
function sizeOf(memory: unknown): string {
  return /^\d+$/.test(String(memory)) ? `${memory}b` : String(memory);
}

function isExternal(one: unknown): boolean {
  return Boolean(fieldsOf(one).external);
}

interface GivenOptions {
  readonly kind: (typeof GIVEN)[number];
  readonly config: Fields;
  readonly lose: Lose;
}

/** Those that the Swarm has already: a file of this machine is no file of a manager. */
function givenTo(service: Fields, { kind, config, lose }: GivenOptions): [string, readonly unknown[]][] {
  const list = (service[kind] ?? []) as readonly (string | Fields)[];
  const all = fieldsOf(config[kind]);
  const nameOf = (one: string | Fields): string => typeof one === 'string' ? one : String(one.source);
  for (const name of list.map(nameOf).filter((one) => !isExternal(all[one]))) {
    lose(kind, `${name} is made of a file here: make it by docker ${kind.slice(0, -1)} create, and call it external`);
  }
  const kept = list.filter((one) => isExternal(all[nameOf(one)]));
  return kept.length === 0 ? [] : [[kind, kept]];
}
