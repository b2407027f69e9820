/** Applications in the neutral model, as small as a test wants them; and our own, as it is. */
import { join, relative } from 'node:path';
import type {
  Application,
  Command,
  Mount,
  NamedVolume,
  Port,
  Resources,
  Service,
} from '../scripts/lib/compose-model/model.ts';
import { readApplication } from '../scripts/lib/compose-model/read-application.ts';
import { ROOT } from './machine.ts';

/** What a test says of a service; everything else is as if the file said nothing. */
export type ServiceGiven = Partial<Omit<Service, Written>> & {
  readonly environment?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: readonly (Partial<Port> & { readonly target: number })[];
  readonly mounts?: readonly MountGiven[];
  readonly resources?: Partial<Resources>;
  /** Keys of the file, a line each. */
  readonly given?: readonly string[];
};

type Written = 'name' | 'environment' | 'labels' | 'ports' | 'mounts' | 'resources' | 'given';

export type MountGiven = Mount extends infer M ? M extends Mount ? Omit<M, 'at' | 'isReadOnly'> & Partial<M> : never
  : never;

export interface ApplicationGiven {
  readonly name?: string;
  readonly services: Readonly<Record<string, ServiceGiven>>;
  /** Of volumes that are not mounted, or that are external. */
  readonly volumes?: readonly Partial<NamedVolume>[];
  /** Keys beside services and volumes, a line each from 910 on. */
  readonly others?: readonly string[];
}

const FILE = 'compose.yml';

export const DIGEST = `@sha256:${'0'.repeat(64)}`;

/** With a digest: nothing is to be told of it. */
export const IMAGE = `example.org/one:1${DIGEST}`;

/** Services begin at lines 10, 20 and so on; what they say is in the lines after that. */
export function application({ name = 'coinroom', services, volumes = [], others = [] }: ApplicationGiven): Application {
  const all = Object.entries(services).map(([one, given], at) => service(one, given, 10 * (at + 1)));
  const mounted = all.flatMap(({ mounts }) => mounts).flatMap((mount) => mount.kind === 'volume' ? [mount.name] : []);
  const named = [...mounted.map((one) => ({ name: one })), ...volumes].map((one) => ({
    ...{ name: '', isExternal: false, at: { file: FILE, line: 900 } },
    ...one,
  }));
  const given = others.map((key, index) => ({ key, at: { file: FILE, line: 910 + index } }));
  return { name, services: all, volumes: new Map(named.map((one) => [one.name, one])), others: given, unset: [] };
}

function service(name: string, given: ServiceGiven, line: number): Service {
  const at = { file: FILE, line };
  const { environment = {}, labels = {}, ports = [], mounts = [], resources = {}, given: keys = [], ...rest } = given;
  return {
    ...{ image: IMAGE, isBuilt: false, entrypoint: undefined, command: undefined, unsetVariables: [], exposed: [] },
    ...{ dependencies: [], links: [], healthcheck: undefined, isHealthcheckOff: false, replicas: 1, isGlobal: false },
    ...{ restart: 'no', stopGraceMs: undefined, stopSignal: undefined, user: undefined, workingDirectory: undefined },
    ...{ hostname: undefined, isReadOnly: false, isPrivileged: false, hasInit: undefined },
    ...{ capabilities: { add: [], drop: [] }, securityOptions: [], networkMode: undefined, extraHosts: new Map() },
    ...rest,
    ...{ name, at },
    environment: new Map(Object.entries(environment)),
    labels: new Map(Object.entries(labels)),
    resources: { ...NOTHING, ...resources },
    ports: ports.map((port) => ({
      ...{ published: undefined, hostIp: undefined, protocol: 'tcp', isOfRange: false, name: undefined, at },
      ...port,
    })),
    mounts: mounts.map((mount) => ({ isReadOnly: false, at, ...mount }) as Mount),
    given: keys.map((key, index) => ({ key, at: { file: FILE, line: line + 1 + index } })),
  };
}

const NOTHING: Resources = {
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

/** compose.yml, as it is read. */
export async function readOurApplication(): Promise<Application> {
  const file = relative(process.cwd(), join(ROOT, FILE));
  return await readApplication({ files: [file], name: 'coinroom', env: {} });
}

/** As the file has it that is written when images are pushed: each with its digest, and none to build. */
export function pushed({ services, ...rest }: Application): Application {
  return {
    ...rest,
    services: services.map((service) => ({
      ...{ ...service, image: `${service.image}${DIGEST}`, isBuilt: false },
      given: service.given.filter(({ key }) => key !== 'build'),
    })),
  };
}
