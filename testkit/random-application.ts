/**
 * Applications that a file might describe, the same for the same seed: all that the model has, in all mixtures, also with
 * names and texts that hurt. What nothing could take (a ring, two names that become one) is not among them.
 */
import type { Application, Command, Service } from '../scripts/lib/compose-model/model.ts';
import { seededRandom } from '../src/service/random.ts';
import { keysOf } from './given-keys.ts';
import { application, dependsOn, DIGEST, exec, type MountGiven, type ServiceGiven, shell } from './application.ts';

/** What a target refuses, or finds wrong, for a good reason: so it can be left out. */
export type Hurting = 'copies of a volume' | 'long names' | 'images without a version';

export interface RandomOptions {
  readonly without?: readonly Hurting[];
}

const NAMES = [
  ...['web', 'My_App', 'rng', 'db.main', 'Q-', '9lives', '__x__', 'ÄÖÜ-1', 'true', 'on', 'null', 'no', 'Tasks'],
];
const TEXTS = [
  ...[
    '',
    'on',
    '1',
    '080',
    '~',
    'a: b',
    '$(HOME)',
    '$$',
    'two\nlines',
    '"',
    "'",
    '{}',
    '💰',
    ' x ',
    '1e3',
    '\t',
    '0x10',
  ],
];
const NUMBERS = [53, 80, 443, 3000, 5432, 6379, 8080, 65_535];
const MEBIBYTE = 2 ** 20;

export function randomApplication(seed: number, { without = [] }: RandomOptions = {}): Application {
  const lots = drawLots(seed);
  const { chance, pick, some } = lots;
  const isLong = !without.includes('long names') && chance(0.2);
  const numbered = Array.from({ length: 1 + lots.upTo(5) }, (_, at) => `${pick(NAMES)}${at}`);
  // Once: some targets cut it off, and two would be one.
  const names = [...(isLong ? ['x'.repeat(80)] : []), ...numbered];
  const services = names.map((name, at) => [name, randomService(lots, { names, at, without })] as const);
  return application({
    name: isLong ? 'x'.repeat(70) : pick(['coinroom', 'my_room-1', 'versions', 'a_b-', '1']),
    services: Object.fromEntries(services),
    volumes: ['Wallet_1', 'files'].map((name) => ({ name, isExternal: chance(0.3) })),
    others: some(1, () => pick(['networks.back', 'secrets.key', 'configs.page'])),
  });
}

interface Lots {
  readonly chance: (part: number) => boolean;
  readonly upTo: (most: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
  readonly some: <T>(most: number, make: (at: number) => T) => T[];
  readonly maybe: <T>(make: () => T) => T | undefined;
}

function drawLots(seed: number): Lots {
  const random = seededRandom(seed);
  // The first numbers of neighbouring seeds resemble each other.
  random();
  const chance = (part: number): boolean => random() < part;
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  return {
    ...{ chance, upTo, pick: (list) => list[upTo(list.length - 1)]! },
    some: (most, make) => Array.from({ length: upTo(most) }, (_, at) => make(at)),
    maybe: (make) => chance(0.5) ? make() : undefined,
  };
}

interface Among {
  readonly names: readonly string[];
  readonly at: number;
  readonly without: readonly Hurting[];
}

function randomService(lots: Lots, { names, at, without }: Among): ServiceGiven {
  const { chance, upTo, pick, some, maybe } = lots;
  const earlier = names.slice(0, at);
  const others = names.filter((_, index) => index !== at);
  const url = (): string =>
    pick(
      others.length === 0 ? ['http://example.org/'] : [
        `http://${pick(others)}${pick(['', ':81', ':0', ':70000'])}`,
        ...[`redis://:secret@${pick(others)}:6379/1`, `${pick(others)}:${pick(NUMBERS)}`, `strange://${pick(others)}`],
      ],
    );
  const command = (): Command =>
    pick([
      ...[exec('serve', `--upstream=${url()}`), exec('run', ...some(2, () => pick(TEXTS))), exec()],
      ...[shell('w'), shell(`run "$HOME" ${url()}`), shell(pick(TEXTS))],
    ]);
  const mounts = some(3, (index) => randomMount(lots, { at, index }));
  const isStateful = mounts.some(({ kind }) => kind === 'volume');
  const isKeptOne = isStateful && without.includes('copies of a volume');
  const isHealthcheckOff = chance(0.1);
  const service = {
    image: pick([
      ...[
        `example.org:5000/a/b:v_1`,
        `example.org:5000/a/b:v_1${DIGEST}`,
        'redis:7.4.2',
        `redis:7.4.2${DIGEST}`,
        'web:1',
      ],
      ...(without.includes('images without a version') ? [] : ['nginx']),
    ]),
    isBuilt: chance(0.3),
    ...{ entrypoint: maybe(() => pick([command(), exec('/bin/one', 'two')])), command: maybe(command) },
    environment: {
      ...(chance(0.4) ? { ROLE: pick(['rng', 'hasher', 'worker', 'webui', 'all', 'www']) } : {}),
      ...(chance(0.4) ? { PORT: pick(['80', '3000', '', '0', 'http', '99999']) } : {}),
      ...Object.fromEntries(some(3, (index) => [`URL_${index}`, url()])),
      ...(chance(0.2) && others.length > 0 ? { REDIS_HOST: pick(others) } : {}),
      ...{ TEXT: pick(TEXTS), 'a.b-c': pick(TEXTS), on: pick(TEXTS) },
    },
    labels: {
      ...Object.fromEntries(
        some(2, () => [pick(['team', 'a/b', 'A B', 'on', '-x', 'app.kubernetes.io/name']), pick(TEXTS)]),
      ),
      ...(chance(0.3) ? { 'ambassador.check': '/well' } : {}),
      ...(chance(0.2) ? { 'ambassador.ports': '80/http, 6379/tcp' } : {}),
      ...(chance(0.2) ? { 'ambassador.balance': 'leastconn' } : {}),
    },
    ports: some(4, () => ({
      target: pick(NUMBERS),
      published: pick([undefined, 8000 + upTo(999), 30_000 + upTo(999)]),
      hostIp: pick([undefined, undefined, '127.0.0.1', '10.0.0.1']),
      protocol: pick(['tcp', 'tcp', 'udp'] as const),
      isOfRange: chance(0.2),
      name: pick([undefined, 'web', 'Web_1', 'http-80']),
    })),
    exposed: some(2, () => ({ port: pick([...NUMBERS, 9000]), protocol: pick(['tcp', 'udp'] as const) })),
    mounts,
    dependencies: earlier.length === 0
      ? []
      : [...new Set(some(2, () => pick(earlier)))].flatMap((one): Service['dependencies'] =>
        chance(0.3) ? [{ service: one, condition: pick(['healthy', 'completed']), isRequired: true }] : dependsOn(one)
      ),
    links: chance(0.2) && earlier.length > 0 ? [{ service: pick(earlier), alias: pick(['db', 'queue']) }] : [],
    healthcheck: isHealthcheckOff ? undefined : maybe(() => ({
      test: pick([
        ...[exec('redis-cli', 'ping'), shell('curl -f "http://localhost:$PORT/" || exit 1')],
        ...[exec('check', pick(TEXTS)), shell(`check ${pick(TEXTS)}`)],
      ]),
      ...{ intervalMs: maybe(() => upTo(60_000)), timeoutMs: maybe(() => pick([100, 3000, upTo(60_000)])) },
      ...{ startPeriodMs: maybe(() => pick([0, 1500, upTo(60_000)])), retries: maybe(() => pick([0, 15, upTo(9)])) },
    })),
    isHealthcheckOff,
    replicas: isKeptOne ? upTo(1) : upTo(11),
    isGlobal: !isKeptOne && chance(0.2),
    resources: {
      cpuLimit: pick([undefined, 0.05, 0.5, 2, (1 + upTo(40)) / 7]),
      cpuReservation: pick([undefined, 0.0001, 0.25, (1 + upTo(40)) / 7]),
      memoryLimitBytes: pick([undefined, 268_435_456, 6_291_457, 1 + upTo(4096) * MEBIBYTE]),
      memoryReservationBytes: pick([undefined, 67_108_864, (1 + upTo(4096)) * MEBIBYTE]),
      pidsLimit: pick([undefined, 100]),
    },
    restart: pick(['no', 'always', 'on-failure', 'unless-stopped'] as const),
    ...{ stopGraceMs: maybe(() => pick([0, 1500, 10_000, upTo(90_000)])), stopSignal: maybe(() => 'SIGINT') },
    ...{ user: maybe(() => pick(['1000', '1000:0', 'node', '70:70'])), workingDirectory: maybe(() => '/srv') },
    ...{ hostname: maybe(() => 'me'), hasInit: maybe(() => true) },
    ...{ isReadOnly: chance(0.5), isPrivileged: chance(0.1) },
    capabilities: {
      add: some(2, () => pick(['NET_RAW', 'CAP_CHOWN'])),
      drop: some(2, () => pick(['ALL', 'all', 'MKNOD'])),
    },
    securityOptions: some(1, () => pick(['no-new-privileges:true', 'seccomp:unconfined'])),
    networkMode: pick([undefined, undefined, 'host', 'none']),
    extraHosts: new Map(some(2, () => [pick(['a', 'b']), pick(['10.0.0.1', '::1', 'host-gateway'])] as const)),
    unsetVariables: chance(0.1) ? ['TOKEN'] : [],
  };
  return { ...service, given: [...keysOf(service), ...some(2, () => pick(UNKNOWN))] };
}

function randomMount(
  { chance, pick }: Lots,
  { at, index }: { readonly at: number; readonly index: number },
): MountGiven {
  const isReadOnly = chance(0.3);
  return pick<MountGiven>([
    { kind: 'volume', name: pick([`volume-${at}`, 'Wallet_1', 'files']), target: `/data${index}`, isReadOnly },
    { kind: 'anonymous', target: `/cache${index}`, isReadOnly },
    {
      ...{ kind: 'bind', target: `/etc/x${index}`, isReadOnly },
      source: pick(['/etc/localtime', '/var/run/docker.sock', '/srv/x', './conf']),
    },
    { kind: 'tmpfs', target: `/tmp${index}`, sizeBytes: pick([undefined, 65_536, MEBIBYTE]) },
  ]);
}

/** Such as no target has. */
const UNKNOWN = ['container_name', 'deploy.placement.constraints', 'healthcheck.start_interval', 'gpus'];
