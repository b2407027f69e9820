/** Applications in the neutral model: as small as a test wants them, or at random. */
import type {
  Application,
  Command,
  Given,
  Mount,
  NamedVolume,
  Port,
  Service,
} from '../scripts/lib/compose-model/model.ts';
import { seededRandom } from '../src/service/random.ts';

/** What a test says of a service; everything else is as if the file said nothing. */
export type ServiceGiven = Partial<Omit<Service, 'name' | 'environment' | 'labels' | 'ports' | 'mounts' | 'given'>> & {
  readonly environment?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly (Partial<Port> & { readonly target: number })[];
  readonly mounts?: readonly MountGiven[];
  /** Keys of the file, a line each. */
  readonly given?: readonly string[];
};

type MountGiven = Mount extends infer M ? M extends Mount ? Omit<M, 'at' | 'isReadOnly'> & Partial<M> : never : never;

export interface ApplicationGiven {
  readonly name?: string;
  readonly services: Readonly<Record<string, ServiceGiven>>;
  /** Of volumes that are not mounted, or that are external. */
  readonly volumes?: readonly Partial<NamedVolume>[];
  readonly others?: readonly Given[];
}

export const FILE = 'compose.yml';

/** With a digest: nothing is to be told of it. */
export const IMAGE = `example.org/one@sha256:${'0'.repeat(64)}`;

/** Services begin at lines 10, 20 and so on; what they say is in the lines after that. */
export function application({ name = 'coinroom', services, volumes = [], others = [] }: ApplicationGiven): Application {
  const all = Object.entries(services).map(([one, given], at) => service(one, given, 10 * (at + 1)));
  const mounted = all.flatMap(({ mounts }) => mounts).flatMap((mount) => mount.kind === 'volume' ? [mount.name] : []);
  const named = [...mounted.map((one) => ({ name: one })), ...volumes].map((one) => ({
    ...{ name: '', isExternal: false, at: { file: FILE, line: 900 } },
    ...one,
  }));
  return { name, services: all, volumes: new Map(named.map((one) => [one.name, one])), others };
}

function service(name: string, given: ServiceGiven, line: number): Service {
  const at = { file: FILE, line };
  const { environment = {}, labels = {}, ports = [], mounts = [], given: keys = [], ...rest } = given;
  return {
    ...{ image: IMAGE, isBuilt: false, entrypoint: undefined, command: undefined, unsetVariables: [], exposed: [] },
    ...{ dependencies: [], links: [], healthcheck: undefined, isHealthcheckOff: false, replicas: 1, isGlobal: false },
    resources: NOTHING,
    ...{ restart: 'no', stopGraceMs: undefined, stopSignal: undefined, user: undefined, workingDirectory: undefined },
    ...{ hostname: undefined, isReadOnly: false, isPrivileged: false, hasInit: undefined },
    ...{ capabilities: { add: [], drop: [] }, securityOptions: [], networkMode: undefined, extraHosts: new Map() },
    ...rest,
    ...{ name, at },
    environment: new Map(Object.entries(environment)),
    labels: new Map(Object.entries(labels)),
    ports: ports.map((port) => ({
      ...{ published: undefined, hostIp: undefined, protocol: 'tcp', isOfRange: false, name: undefined, at },
      ...port,
    })),
    mounts: mounts.map((mount) => ({ isReadOnly: false, at, ...mount }) as Mount),
    given: keys.map((key, index) => ({ key, at: { file: FILE, line: line + 1 + index } })),
  };
}

export const NOTHING: Service['resources'] = {
  ...{ cpuLimit: undefined, cpuReservation: undefined, memoryLimitBytes: undefined, memoryReservationBytes: undefined },
  pidsLimit: undefined,
};

export function dependsOn(...names: readonly string[]): Service['dependencies'] {
  return names.map((one) => ({ service: one, condition: 'started', isRequired: true }));
}

export function exec(...words: readonly string[]): Command {
  return { kind: 'exec', words };
}

export function shell(line: string): Command {
  return { kind: 'shell', line };
}

/**
 * An application that a file might describe, the same for the same seed: names, ports, volumes, checks, URLs of others in
 * all mixtures. What no target could take (a circle, two names that are one) is not among them.
 */
export function randomApplication(seed: number): Application {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const chance = (part: number): boolean => random() < part;
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const some = <T>(most: number, make: (at: number) => T): T[] =>
    Array.from({ length: below(most + 1) }, (_, at) => make(at));

  const names = Array.from(
    { length: 1 + below(6) },
    (_, at) => `${oneOf(['web', 'My_App', 'rng', 'db.main', 'Q-'])}${at}`,
  );
  const numbers = [53, 80, 443, 3000, 5432, 6379, 8080, 65_535];
  const services = names.map((name, at): [string, ServiceGiven] => {
    const earlier = names.slice(0, at);
    const others = names.filter((one) => one !== name);
    const mounts = some(3, (index): MountGiven =>
      oneOf<MountGiven>([
        { kind: 'volume', name: `volume-${at}-${below(2)}`, target: `/data${index}`, isReadOnly: chance(0.3) },
        { kind: 'anonymous', target: `/cache${index}` },
        {
          kind: 'bind',
          source: oneOf(['/etc/localtime', '/var/run/docker.sock', '/srv/x', './conf']),
          target: `/etc/x${index}`,
        },
        { kind: 'tmpfs', target: `/tmp${index}`, sizeBytes: oneOf([undefined, 65_536]) },
      ]));
    const isStateful = mounts.some(({ kind }) => kind === 'volume');
    const role = oneOf(['rng', 'hasher', 'worker', 'webui']);
    const url = (): string =>
      oneOf(
        others.length === 0 ? ['http://example.org/'] : [
          `http://${oneOf(others)}`,
          `redis://:secret@${oneOf(others)}:6379/1`,
          `${oneOf(others)}:${oneOf(numbers)}`,
          `strange://${oneOf(others)}`,
        ],
      );
    return [name, {
      image: oneOf([IMAGE, 'redis:7.4.2', 'nginx', `registry:5000/a/redis@sha256:${'1'.repeat(64)}`]),
      isBuilt: chance(0.3),
      command: oneOf([undefined, exec('serve', `--upstream=${url()}`), shell('w'), shell(`run "$HOME" ${url()}`)]),
      entrypoint: oneOf([undefined, undefined, exec('/bin/one', 'two'), exec(), shell('one')]),
      environment: {
        ...(chance(0.4) ? { ROLE: role } : {}),
        ...(chance(0.3) ? { PORT: oneOf(['80', '3000', '']) } : {}),
        ...Object.fromEntries(some(3, (index) => [`URL_${index}`, url()])),
        ...(chance(0.2) && others.length > 0 ? { REDIS_HOST: oneOf(others) } : {}),
      },
      labels: {
        ...(chance(0.3) ? { 'ambassador.check': '/well' } : {}),
        ...(chance(0.2) ? { 'ambassador.ports': '80/http, 6379/tcp' } : {}),
        ...(chance(0.2) ? { 'ambassador.balance': 'leastconn' } : {}),
      },
      ports: some(3, () => ({
        target: oneOf(numbers),
        published: oneOf([undefined, 8000 + below(1000)]),
        hostIp: oneOf([undefined, '127.0.0.1']),
        protocol: oneOf(['tcp', 'tcp', 'udp'] as const),
        isOfRange: chance(0.2),
        name: oneOf([undefined, 'web', 'Web_1', 'http-80']),
      })),
      exposed: some(2, () => ({ port: oneOf(numbers), protocol: oneOf(['tcp', 'udp'] as const) })),
      mounts,
      dependencies: chance(0.5)
        ? [...new Set(some(2, () => oneOf(earlier)))].filter(Boolean).flatMap((one) => dependsOn(one))
        : [],
      links: chance(0.2) && earlier.length > 0 ? [{ service: oneOf(earlier), alias: oneOf(['db', 'queue']) }] : [],
      healthcheck: chance(0.4)
        ? {
          test: oneOf([exec('redis-cli', 'ping'), shell('curl -f "http://localhost:$PORT/" || exit 1')]),
          intervalMs: oneOf([undefined, 500, 2000, 90_000]),
          timeoutMs: oneOf([undefined, 100, 3000]),
          startPeriodMs: oneOf([undefined, 0, 1500]),
          retries: oneOf([undefined, 0, 15]),
        }
        : undefined,
      isHealthcheckOff: chance(0.1),
      replicas: isStateful ? below(2) : below(12),
      isGlobal: !isStateful && chance(0.2),
      resources: {
        cpuLimit: oneOf([undefined, 0.05, 0.5, 2]),
        cpuReservation: oneOf([undefined, 0.0001, 0.25]),
        memoryLimitBytes: oneOf([undefined, 268_435_456, 6_291_457]),
        memoryReservationBytes: oneOf([undefined, 67_108_864]),
        pidsLimit: oneOf([undefined, 100]),
      },
      restart: oneOf(['no', 'always', 'on-failure', 'unless-stopped'] as const),
      stopGraceMs: oneOf([undefined, 0, 1500, 10_000]),
      isReadOnly: chance(0.5),
      isPrivileged: chance(0.1),
      capabilities: { add: [], drop: chance(0.5) ? ['ALL'] : [] },
      networkMode: oneOf([undefined, undefined, 'host']),
      unsetVariables: chance(0.1) ? ['TOKEN'] : [],
      given: ['image', 'ports', 'restart', 'container_name', 'deploy.placement.constraints'],
    }];
  });
  return application({ name: oneOf(['coinroom', 'my_room-1', 'versions']), services: Object.fromEntries(services) });
}
