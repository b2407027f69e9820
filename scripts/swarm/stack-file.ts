/**
 * A Compose file as a stack of a Swarm: what the file means, in the terms that managers take, and aloud what they do not.
 * Pure: the same file gives the same stack.
 */

type Fields = Readonly<Record<string, unknown>>;

export interface StackOptions {
  /** How the tasks of a service are found: all their addresses, or one that the kernel balances. */
  readonly endpoint: 'dnsrr' | 'vip';
  /** The label of the node that keeps volumes. */
  readonly dataLabel: string;
}

export interface Stack {
  readonly file: Fields;
  /** What could not be carried over, a line each. */
  readonly losses: readonly string[];
}

/** Taken as they are (Compose file version 3.8). */
const KEPT = new Set([
  ...['image', 'command', 'entrypoint', 'environment', 'labels', 'healthcheck', 'stop_grace_period', 'stop_signal'],
  ...[
    'read_only',
    'cap_add',
    'cap_drop',
    'tmpfs',
    'user',
    'working_dir',
    'init',
    'sysctls',
    'ulimits',
    'hostname',
    'tty',
  ],
  ...['extra_hosts', 'dns', 'logging', 'secrets', 'configs'],
]);

/** Carried over under another name, below. */
const MAPPED = new Set(['restart', 'mem_limit', 'cpus', 'ports', 'volumes', 'deploy', 'build', 'networks']);

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

/** @param config what `docker compose config` says */
export function toStack(config: Fields, { endpoint, dataLabel }: StackOptions): Stack {
  const losses: string[] = [];
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
    const ports = portsOf(service, endpoint, lose);
    // Two that want the same port of a node, or the same volume, are not there at the same time.
    const order = volumes.isBound || ports.some(({ mode }) => mode === 'host') ? 'stop-first' : UPDATE.order;
    const kept = Object.fromEntries(Object.entries(service).filter(([key]) => KEPT.has(key)));
    return [name, {
      ...kept,
      ...(ports.length > 0 ? { ports } : {}),
      ...(volumes.list.length > 0 ? { volumes: volumes.list } : {}),
      deploy: {
        endpoint_mode: endpoint === 'dnsrr' || ports.some(({ mode }) => mode === 'host') ? 'dnsrr' : 'vip',
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
  // In a network without this nobody else can look in: a container that is started by hand, to see what a task sees.
  const networks = { default: { driver: 'overlay', attachable: true } };
  return { file: { version: '3.8', services: Object.fromEntries(services), networks, ...volumes }, losses };
}

const RESTART: Readonly<Record<string, string>> = {
  no: 'none',
  'on-failure': 'on-failure',
  always: 'any',
  'unless-stopped': 'any',
};

function fieldsOf(value: unknown): Fields {
  return (value ?? {}) as Fields;
}

type Lose = (what: string, why: string) => void;

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

/** `wallet:/data`, or as an object. */
function volumesOf(
  { volumes = [] }: Fields,
  lose: Lose,
): { readonly list: readonly unknown[]; readonly isBound: boolean } {
  const list = volumes as readonly unknown[];
  const sources = list.map((volume) =>
    typeof volume === 'string'
      ? volume.split(':').length > 1 ? volume.split(':')[0]! : ''
      : String(fieldsOf(volume).source ?? '')
  );
  const named = sources.filter((source) => source !== '');
  if (named.length > 0) lose('volumes', `${named.join(', ')} stands on one node, and the service stays there`);
  return { list, isBound: named.length > 0 };
}

interface Port {
  readonly target: number;
  readonly published: number;
  readonly protocol: string;
  readonly mode: 'host' | 'ingress';
}

function portsOf({ ports = [] }: Fields, endpoint: StackOptions['endpoint'], lose: Lose): Port[] {
  return (ports as readonly unknown[]).flatMap((port): Port[] => {
    const [, published, target, protocol = 'tcp'] = typeof port === 'string'
      ? /^(?:[\d.]+:)?([\d-]+):(\d+)(?:\/(\w+))?$/.exec(port) ?? []
      : [
        undefined,
        String(fieldsOf(port).published ?? ''),
        String(fieldsOf(port).target),
        String(fieldsOf(port).protocol ?? 'tcp'),
      ];
    if (published === undefined || target === undefined || !/^\d+$/.test(published)) {
      lose(
        'ports',
        `${JSON.stringify(port)} is no single port: the service can be reached in the stack's network alone`,
      );
      return [];
    }
    // What answers for a service on every node is the kernel's balancer, too.
    return [{
      target: Number(target),
      published: Number(published),
      protocol,
      mode: endpoint === 'vip' ? 'ingress' : 'host',
    }];
  });
}
