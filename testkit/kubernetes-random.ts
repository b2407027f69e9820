/** Applications by lot, the same for the same seed: all that a Compose file may say, also with names that hurt. */
import type { Application, Command, Mount } from '../scripts/lib/compose-model/model.ts';
import { seededRandom } from '../src/service/random.ts';
import { applicationOf, DIGEST, limits, place, port, type ServiceFields } from './kubernetes-application.ts';

const TEXTS = [
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
];
const NAMES = [
  'Web',
  'my_db',
  'a.b',
  '9lives',
  '__x__',
  'ÄÖÜ-1',
  'true',
  'on',
  'null',
  'x'.repeat(80),
  'api',
  'cache',
  'no',
];
const ROLES = ['rng', 'hasher', 'worker', 'webui', 'all', 'www'];
const MEBIBYTE = 2 ** 20;

export function randomApplication(seed: number): Application {
  const lots = drawLots(seed);
  const names = NAMES.filter(() => lots.chance(0.4)).concat('last');
  const services = Object.fromEntries(names.map((name) => [name, randomService(lots, names)]));
  const volumes = new Map(
    ['Wallet_1', 'files'].map((name) => [name, { name, isExternal: lots.chance(0.3), at: place() }]),
  );
  return applicationOf(services, { name: lots.pick(['coinroom', 'a_b-', '1', 'x'.repeat(70)]), volumes });
}

interface Lots {
  readonly chance: (of: number) => boolean;
  readonly upTo: (most: number) => number;
  readonly pick: <T>(list: readonly T[]) => T;
}

function drawLots(seed: number): Lots {
  const random = seededRandom(seed);
  // The first numbers of neighbouring seeds resemble each other.
  random();
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  return { chance: (of) => random() < of, upTo, pick: (list) => list[upTo(list.length - 1)]! };
}

function randomService(lots: Lots, names: readonly string[]): ServiceFields {
  const { chance, upTo, pick } = lots;
  const some = <T>(make: () => T, most = 2): T[] => Array.from({ length: upTo(most) }, make);
  const maybe = <T>(make: () => T): T | undefined => chance(0.5) ? make() : undefined;
  const command = (): Command =>
    chance(0.5) ? { kind: 'shell', line: pick(TEXTS) } : { kind: 'exec', words: ['run', ...some(() => pick(TEXTS))] };
  const targets = [53, 80, 8080, 6379].filter(() => chance(0.3));
  return {
    image: `${pick(['redis:7.4.2', 'example.org:5000/a/b:v_1', 'web:1'])}${chance(0.5) ? DIGEST : ''}`,
    ...{ entrypoint: maybe(command), command: maybe(command) },
    environment: {
      ...(chance(0.4) ? { ROLE: pick(ROLES) } : {}),
      ...(chance(0.4) ? { PORT: pick(['80', '8080', '0', 'http', '99999']) } : {}),
      ...(chance(0.4) ? { URL: `http://${pick(names)}${pick(['', ':81', ':0', ':70000'])}` } : {}),
      ...{ TEXT: pick(TEXTS), 'a.b-c': pick(TEXTS), on: pick(TEXTS) },
    },
    labels: {
      ...Object.fromEntries(
        some(() => [pick(['team', 'a/b', 'A B', 'on', '-x', 'app.kubernetes.io/name']), pick(TEXTS)]),
      ),
      ...(chance(0.3) ? { 'ambassador.check': '/up' } : {}),
      ...(chance(0.2) ? { 'ambassador.ports': '80/http 9000/tcp' } : {}),
    },
    ports: targets.flatMap((target) =>
      some(() => target, 3).map((one, at) =>
        port(one, {
          published: chance(0.8) ? 30_000 + one % 1000 + at : undefined,
          ...{
            isOfRange: chance(0.3),
            protocol: one === 53 ? 'udp' : 'tcp',
            hostIp: maybe(() => pick(['127.0.0.1', '10.0.0.1'])),
          },
        })
      )
    ),
    exposed: some(() => ({ port: pick([80, 443, 9000]), protocol: pick(['tcp', 'udp'] as const) })),
    mounts: ['/data', '/tmp', '/x'].filter(() => chance(0.4)).map((target) => randomMount(lots, target)),
    dependencies: some(() => ({ service: pick(names), condition: 'started', isRequired: true })),
    healthcheck: maybe(() => ({
      test: command(),
      ...{ intervalMs: maybe(() => upTo(60_000)), timeoutMs: maybe(() => upTo(60_000)), retries: maybe(() => upTo(9)) },
      startPeriodMs: maybe(() => upTo(60_000)),
    })),
    ...{ isHealthcheckOff: chance(0.1), replicas: upTo(5), isGlobal: chance(0.15) },
    resources: limits({
      ...{ cpuLimit: maybe(() => (1 + upTo(40)) / 7), cpuReservation: maybe(() => (1 + upTo(40)) / 7) },
      memoryLimitBytes: maybe(() => 1 + upTo(4096) * MEBIBYTE),
      memoryReservationBytes: maybe(() => (1 + upTo(4096)) * MEBIBYTE),
      pidsLimit: maybe(() => 100),
    }),
    restart: pick(['no', 'always', 'on-failure', 'unless-stopped']),
    ...{ stopGraceMs: maybe(() => upTo(90_000)), stopSignal: maybe(() => 'SIGINT') },
    ...{ user: maybe(() => pick(['1000', '1000:0', 'node', '70:70'])), workingDirectory: maybe(() => '/srv') },
    ...{ isReadOnly: chance(0.5), isPrivileged: chance(0.1), hasInit: maybe(() => true) },
    capabilities: { add: some(() => pick(['NET_RAW', 'CAP_CHOWN'])), drop: some(() => pick(['ALL', 'all', 'MKNOD'])) },
    networkMode: maybe(() => pick(['host', 'bridge', 'none'])),
    extraHosts: new Map(some(() => [pick(['a', 'b']), pick(['10.0.0.1', '::1', 'host-gateway'])] as const)),
  };
}

function randomMount({ chance, pick }: Lots, target: string): Mount {
  const common = { target, isReadOnly: chance(0.3), at: place() };
  return pick<Mount>([
    { ...common, kind: 'volume', name: pick(['Wallet_1', 'files']) },
    { ...common, kind: 'anonymous' },
    { ...common, kind: 'bind', source: '/var/run/docker.sock' },
    { ...common, kind: 'tmpfs', sizeBytes: chance(0.5) ? MEBIBYTE : undefined },
  ]);
}
