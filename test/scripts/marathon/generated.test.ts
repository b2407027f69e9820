/** Applications that nobody has written, as groups: our own check finds nothing in them, and nothing of a file goes in silence. */
import assert from 'node:assert/strict';
import { relative } from 'node:path';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { Application, ExposedPort, Place, Service } from '../../../scripts/lib/compose-model/model.ts';
import { readApplication } from '../../../scripts/lib/compose-model/read-application.ts';
import type { MarathonApp } from '../../../scripts/marathon/api.ts';
import { checkMarathon } from '../../../scripts/marathon/check/check.ts';
import { type MarathonOptions, toMarathon } from '../../../scripts/marathon/generate.ts';
import { application, pushed } from '../../../testkit/application.ts';
import { ROOT } from '../../../testkit/machine.ts';
import { randomApplication } from '../../../testkit/random-application.ts';

const COUNT = 400;

/** Each would have a volume of its own; and DNS has no labels of more than 63 characters. */
const REFUSED = { without: ['copies of a volume', 'long names'] } as const;

const WAYS: readonly MarathonOptions[] = [
  { discovery: 'marathon-lb' },
  { discovery: 'mesos-dns', network: 'dcos' },
  { discovery: 'vip' },
];

for (const options of WAYS) {
  test(`check finds nothing in ${COUNT} groups, the same bytes twice, and all that is told has a place (${options.discovery})`, () => {
    for (let seed = 1; seed <= COUNT; seed++) {
      const model = randomApplication(seed, REFUSED);
      const made = toMarathon(model, options);
      assert.deepEqual(findingsOf(model, options), [], `seed ${seed}`);
      assert.equal(
        JSON.stringify(toMarathon(randomApplication(seed, REFUSED), options)),
        JSON.stringify(made),
        `seed ${seed}`,
      );
      const places = placesOf(model);
      const told = [...made.losses, ...made.choices];
      assert.deepEqual(told.filter(({ what, why, at }) => !what || !why || !places.has(formatPlace(at))), []);
    }
  });
}

/** A PORT that is none (`http`, `0`) is what the file says, and stays so: that is found, and rightly. */
function findingsOf(model: Application, options: MarathonOptions): object[] {
  const isWrongInFile = (path: string): boolean => {
    const [, index] = /^\$\.apps\[(\d+)\]\.env\.PORT$/.exec(path) ?? [];
    const value = Number(model.services[Number(index)]?.environment.get('PORT'));
    return index !== undefined && !(Number.isInteger(value) && value > 0 && value < 65_536);
  };
  return checkMarathon(toMarathon(model, options).group)
    .filter(({ rule, path }) => rule !== 'port-variable' || !isWrongInFile(path));
}

function placesOf({ services, others }: Application): ReadonlySet<string> {
  const all = [...others, ...services.flatMap((service) => [service, ...service.given])];
  return new Set(all.map(({ at }) => formatPlace(at)));
}

function formatPlace({ file, line }: Place): string {
  return `${file}, line ${line}`;
}

for (const files of [['compose.yml'], ['compose.yml', 'compose.full.yml']]) {
  for (const options of WAYS) {
    test(`${files.join(' and ')}: check finds nothing, and nothing is lost once it is pushed (${options.discovery})`, async () => {
      const paths = files.map((file) => relative(process.cwd(), `${ROOT}/${file}`));
      const ours = pushed(await readApplication({ files: paths, name: 'coinroom', env: {} }));
      assert.deepEqual(checkMarathon(toMarathon(ours, options).group), []);
      assert.deepEqual(toMarathon(ours, options).losses, []);
    });
  }
}

/** What a service is like of which the file does not say this. */
const UNSAID: Readonly<Record<string, (service: Service) => Partial<Service>>> = {
  ...plain({
    ...{ build: 'isBuilt', entrypoint: 'entrypoint', command: 'command', labels: 'labels', ports: 'ports' },
    ...{ expose: 'exposed', volumes: 'mounts', depends_on: 'dependencies', links: 'links', restart: 'restart' },
    ...{ 'healthcheck.disable': 'isHealthcheckOff', 'healthcheck.test': 'healthcheck', 'deploy.mode': 'isGlobal' },
    ...{ 'deploy.replicas': 'replicas', stop_grace_period: 'stopGraceMs', stop_signal: 'stopSignal', user: 'user' },
    ...{ working_dir: 'workingDirectory', hostname: 'hostname', init: 'hasInit', read_only: 'isReadOnly' },
    ...{ privileged: 'isPrivileged', security_opt: 'securityOptions', network_mode: 'networkMode' },
    extra_hosts: 'extraHosts',
  }),
  environment: () => ({ environment: new Map(), unsetVariables: [] }),
  image: () => ({ image: 'another:1' }),
  cap_add: ({ capabilities }) => ({ capabilities: { ...capabilities, add: [] } }),
  cap_drop: ({ capabilities }) => ({ capabilities: { ...capabilities, drop: [] } }),
  ...below('healthcheck', {
    ...{ 'healthcheck.interval': 'intervalMs', 'healthcheck.timeout': 'timeoutMs' },
    ...{ 'healthcheck.start_period': 'startPeriodMs', 'healthcheck.retries': 'retries' },
  }),
  ...below('resources', {
    ...{ 'deploy.resources.limits.cpus': 'cpuLimit', 'deploy.resources.reservations.cpus': 'cpuReservation' },
    ...{ 'deploy.resources.limits.memory': 'memoryLimitBytes', 'deploy.resources.limits.pids': 'pidsLimit' },
    'deploy.resources.reservations.memory': 'memoryReservationBytes',
  }),
};

function plain(fields: Readonly<Record<string, keyof Service>>): typeof UNSAID {
  const [nothing] = application({ services: { one: {} } }).services;
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, () => ({ [field]: nothing![field] })]));
}

function below(field: 'healthcheck' | 'resources', fields: Readonly<Record<string, string>>): typeof UNSAID {
  return Object.fromEntries(
    Object.entries(fields).map((
      [key, one],
    ) => [key, (service) => ({ [field]: { ...service[field], [one]: undefined } })]),
  );
}

/** What the file says, and would be so here if it did not; or what another key says as well. */
function isSoAnyway(
  key: string,
  { restart, links, dependencies, command, healthcheck, stopGraceMs }: Service,
): boolean {
  switch (key) {
    case 'restart':
      return restart === 'always' || restart === 'unless-stopped';
    case 'stop_grace_period':
      return stopGraceMs === 10_000;
    case 'depends_on':
      return dependencies.every((one) => links.some(({ service }) => service === one.service));
    case 'command':
      return command!.kind === 'exec' ? command!.words.length === 0 : command!.line.trim() === '';
    case 'healthcheck.timeout':
      return healthcheck!.timeoutMs === 3000;
    case 'healthcheck.retries':
      return healthcheck!.retries === 3;
    default:
      return false;
  }
}

/** Without lines: those of what is told move when a key goes. */
function madeOf(model: Application, options: MarathonOptions): { readonly apps: readonly MarathonApp[]; text: string } {
  const { group, losses, choices } = toMarathon(model, options);
  const told = [losses, choices].map((list) => list.map(({ service, what, why }) => `${service}: ${what}: ${why}`));
  return { apps: group.apps, text: JSON.stringify([group, told]) };
}

test('whatever a file says is in the app, or told: without it, one of both is another', () => {
  const silent: string[] = [];
  let count = 0;
  for (let seed = 1; seed <= COUNT; seed++) {
    const options = WAYS[seed % WAYS.length]!;
    const model = randomApplication(seed, REFUSED);
    const whole = madeOf(model, options);
    const at = seed % model.services.length;
    const service = model.services[at]!;
    const isMapped = ({ port, protocol }: ExposedPort): boolean =>
      whole.apps[at]!.container.portMappings.some((one) => one.containerPort === port && one.protocol === protocol);
    for (const { key } of service.given) {
      const unsaid = UNSAID[key]?.(service) ?? {};
      const isThere = key === 'expose' && service.exposed.every(isMapped);
      const isUsual = key in UNSAID && isDeepStrictEqual({ ...service, ...unsaid }, service) && key !== 'restart';
      if (isThere || isUsual || isSoAnyway(key, service)) continue;
      const given = service.given.filter((one) => one.key !== key);
      const services = model.services.with(at, { ...service, ...unsaid, given });
      count++;
      if (madeOf({ ...model, services }, options).text === whole.text) {
        silent.push(`seed ${seed}: ${service.name}: ${key}`);
      }
    }
  }
  assert.deepEqual(silent, []);
  assert.ok(count > 10 * COUNT, `${count} keys`);
});
