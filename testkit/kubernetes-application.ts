/** Applications as the neutral model has them: what a test does not say is as in an empty Compose file. */
import type { Application, Given, Place, Service } from '../scripts/lib/compose-model/model.ts';

export type ServiceFields =
  & Partial<Omit<Service, 'environment' | 'labels'>>
  & { readonly environment?: Readonly<Record<string, string>>; readonly labels?: Readonly<Record<string, string>> };

export const DIGEST = `@sha256:${'0'.repeat(64)}`;

export function place(line = 1): Place {
  return { file: 'compose.yml', line };
}

/** Keys of a file, all at the same place. */
export function given(...keys: readonly string[]): Given[] {
  return keys.map((key) => ({ key, at: place(7) }));
}

export function applicationOf(
  services: Readonly<Record<string, ServiceFields>>,
  fields: Partial<Application> = {},
): Application {
  return {
    name: 'coinroom',
    services: Object.entries(services).map(([name, one], at) => serviceOf(name, { at: place(at + 1), ...one })),
    ...{ volumes: new Map(), others: [] },
    ...fields,
  };
}

function serviceOf(name: string, { environment = {}, labels = {}, ...fields }: ServiceFields): Service {
  return {
    ...{ name, at: place(), image: `example.org/${name.toLowerCase()}:1${DIGEST}`, isBuilt: false },
    ...{ entrypoint: undefined, command: undefined, unsetVariables: [] },
    environment: new Map(Object.entries(environment)),
    labels: new Map(Object.entries(labels)),
    ...{ ports: [], exposed: [], mounts: [], dependencies: [], links: [] },
    ...{ healthcheck: undefined, isHealthcheckOff: false, replicas: 1, isGlobal: false },
    resources: {
      ...{ cpuLimit: undefined, cpuReservation: undefined, memoryLimitBytes: undefined },
      ...{ memoryReservationBytes: undefined, pidsLimit: undefined },
    },
    ...{ restart: 'no', stopGraceMs: undefined, stopSignal: undefined, user: undefined, workingDirectory: undefined },
    ...{ hostname: undefined, isReadOnly: false, isPrivileged: false, hasInit: undefined },
    ...{ capabilities: { add: [], drop: [] }, securityOptions: [], networkMode: undefined, extraHosts: new Map() },
    given: [],
    ...fields,
  };
}

/** As compose.yml has it, with images that have been pushed. */
export function minerApplication(): Application {
  const role: ServiceFields = {
    ...{ image: `10.0.0.1:5000/coinroom:1${DIGEST}`, isBuilt: true, restart: 'unless-stopped', isReadOnly: true },
    ...{ capabilities: { add: [], drop: ['ALL'] }, securityOptions: ['no-new-privileges:true'], stopGraceMs: 10_000 },
    resources: limits({ memoryLimitBytes: 256 * 2 ** 20, pidsLimit: 100 }),
    given: given('image', 'restart', 'read_only', 'cap_drop', 'security_opt', 'mem_limit', 'pids_limit', 'environment'),
  };
  const range = (first: number): Service['ports'] =>
    Array.from({ length: 20 }, (_, at) => port(80, { published: first + at, isOfRange: true }));
  return applicationOf({
    rng: {
      ...role,
      environment: { ROLE: 'rng', PORT: '80' },
      ports: range(8010),
      labels: { chaos: 'on', 'ambassador.check': '/readyz' },
    },
    hasher: {
      ...role,
      environment: { ROLE: 'hasher', PORT: '80' },
      ports: range(8030),
      labels: { chaos: 'on', 'ambassador.check': '/readyz' },
    },
    worker: {
      ...role,
      environment: {
        ...{ ROLE: 'worker', RNG_URL: 'http://rng', HASHER_URL: 'http://hasher' },
        ...{ STORE_URL: 'redis://redis:6379', NODE_NAME: '' },
      },
      dependencies: ['rng', 'hasher', 'redis'].map((service) => ({ service, condition: 'started', isRequired: true })),
      labels: { chaos: 'on' },
      given: [...role.given!, ...given('depends_on')],
    },
    webui: {
      ...role,
      environment: { ROLE: 'webui', PORT: '80', STORE_URL: 'redis://redis:6379', TITLE: '' },
      ports: [port(80, { published: 8000 })],
      dependencies: [{ service: 'redis', condition: 'healthy', isRequired: true }],
      given: [...role.given!, ...given('depends_on')],
    },
    redis: {
      image: `redis:7.4.2${DIGEST}`,
      command: {
        kind: 'exec',
        words: 'redis-server|--protected-mode|no|--appendonly|yes|--appendfsync|everysec|--save|'.split('|'),
      },
      restart: 'unless-stopped',
      mounts: [{ kind: 'volume', name: 'wallet', target: '/data', isReadOnly: false, at: place(70) }],
      resources: limits({ memoryLimitBytes: 2 ** 30 }),
      healthcheck: {
        test: { kind: 'exec', words: ['redis-cli', 'ping'] },
        ...{ intervalMs: 2000, timeoutMs: 3000, startPeriodMs: undefined, retries: 15 },
      },
      labels: { chaos: 'on' },
    },
  }, { volumes: new Map([['wallet', { name: 'wallet', isExternal: false, at: place(80) }]]) });
}

export function limits(fields: Partial<Service['resources']>): Service['resources'] {
  return {
    ...{ cpuLimit: undefined, cpuReservation: undefined, memoryLimitBytes: undefined },
    ...{ memoryReservationBytes: undefined, pidsLimit: undefined },
    ...fields,
  };
}

export function port(target: number, fields: Partial<Service['ports'][number]> = {}): Service['ports'][number] {
  return {
    ...{ target, published: undefined, hostIp: undefined, protocol: 'tcp', isOfRange: false, name: undefined },
    ...{ at: place(9), ...fields },
  };
}
