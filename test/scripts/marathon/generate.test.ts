/** A Compose file as a group of Marathon: our own as a whole, and what holds for every other one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Application } from '../../../scripts/lib/compose-model/model.ts';
import type { MarathonApp } from '../../../scripts/marathon/api.ts';
import { DISCOVERIES } from '../../../scripts/marathon/discovery.ts';
import { type MarathonOptions, toMarathon } from '../../../scripts/marathon/generate.ts';
import { ROLES } from '../../../scripts/marathon/roles.ts';
import { DEFAULT_PORTS } from '../../../src/service/addresses.ts';
import { application, DIGEST, pushed, readOurApplication } from '../../../testkit/application.ts';
import { randomApplication } from '../../../testkit/random-application.ts';

/** Once it has been pushed. */
const ours = pushed(await readOurApplication());

function appsOf(model: Application, options?: MarathonOptions): Record<string, MarathonApp> {
  const { group } = toMarathon(model, options);
  return Object.fromEntries(group.apps.map((app) => [app.id.split('/').at(-1)!, app]));
}

const TIMING = {
  ...{ gracePeriodSeconds: 10, intervalSeconds: 2, timeoutSeconds: 3, maxConsecutiveFailures: 3, delaySeconds: 1 },
};

test('our own file: rng as a whole', () => {
  assert.deepEqual(appsOf(ours).rng, {
    id: '/coinroom/rng',
    instances: 1,
    upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0.2 },
    cpus: 0.1,
    mem: 256,
    networks: [{ mode: 'container/bridge' }],
    container: {
      type: 'DOCKER',
      docker: {
        image: `coinroom:1${DIGEST}`,
        parameters: [
          { key: 'read-only', value: 'true' },
          { key: 'cap-drop', value: 'ALL' },
          { key: 'security-opt', value: 'no-new-privileges:true' },
          { key: 'pids-limit', value: '100' },
        ],
      },
      portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10_000, protocol: 'tcp', name: 'http-80' }],
    },
    env: { ROLE: 'rng', PORT: '80' },
    labels: {
      HAPROXY_GROUP: 'external',
      HAPROXY_0_MODE: 'http',
      HAPROXY_0_BACKEND_HTTP_HEALTHCHECK_OPTIONS:
        String.raw`  option httpchk GET /readyz HTTP/1.1\r\nHost:\ rng\r\nConnection:\ close` +
        '\n  timeout check 2s\n',
      HAPROXY_0_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS:
        '  check inter 500ms fastinter 100ms downinter 250ms fall 2 rise 1\n',
      chaos: 'on',
      'ambassador.check': '/readyz',
    },
    healthChecks: [{ protocol: 'MESOS_HTTP', path: '/healthz', portIndex: 0, ...TIMING }],
    dependencies: [],
    taskKillGracePeriodSeconds: 10,
    maxLaunchDelaySeconds: 60,
  });
});

test("our own file: the worker finds the others, and is nobody's to call", () => {
  const { worker } = appsOf(ours, { instances: new Map([['worker', 10]]) });
  assert.equal(worker!.instances, 10);
  assert.deepEqual(worker!.env, {
    ROLE: 'worker',
    RNG_URL: 'http://marathon-lb.marathon.mesos:10000',
    HASHER_URL: 'http://marathon-lb.marathon.mesos:10001',
    STORE_URL: 'redis://marathon-lb.marathon.mesos:10003',
    NODE_NAME: '',
    PORT: '8003',
  });
  assert.deepEqual(worker!.container.portMappings, [
    { containerPort: 8003, hostPort: 0, servicePort: 0, protocol: 'tcp', name: 'http-8003' },
  ]);
  assert.deepEqual(worker!.healthChecks, [{ protocol: 'MESOS_HTTP', path: '/healthz', portIndex: 0, ...TIMING }]);
  assert.deepEqual(worker!.dependencies, ['/coinroom/rng', '/coinroom/hasher', '/coinroom/redis']);
  assert.deepEqual(worker!.labels, { chaos: 'on' });
});

test('our own file: Redis keeps its volume, and is asked by its own check', () => {
  const { redis } = appsOf(ours);
  assert.deepEqual(redis!.args, [
    'redis-server',
    '--protected-mode',
    'no',
    '--appendonly',
    'yes',
    '--appendfsync',
    'everysec',
    '--save',
    '',
  ]);
  assert.deepEqual(redis!.container.volumes, [
    { containerPath: 'wallet', mode: 'RW', persistent: { type: 'root', size: 1024 } },
    { containerPath: '/data', hostPath: 'wallet', mode: 'RW' },
  ]);
  assert.deepEqual(redis!.healthChecks, [
    { protocol: 'COMMAND', command: { value: 'redis-cli ping' }, ...TIMING, maxConsecutiveFailures: 15 },
  ]);
  assert.deepEqual(redis!.upgradeStrategy, { minimumHealthCapacity: 0, maximumOverCapacity: 0 });
  assert.equal(redis!.unreachableStrategy, 'disabled');
  assert.equal(redis!.mem, 1024);
  assert.deepEqual(redis!.container.portMappings, [
    { containerPort: 6379, hostPort: 0, servicePort: 10_003, protocol: 'tcp', name: 'tcp-6379' },
  ]);
});

test('our own file: what is lost goes away with a file that says what was pushed', async () => {
  const { losses } = toMarathon(await readOurApplication());
  assert.deepEqual(new Set(losses.map(({ what }) => what)), new Set(['image', 'build']));
  assert.deepEqual(toMarathon(ours).losses, []);
});

test('the ports of our roles are those of the programs', () => {
  const { all: _, ...ports } = DEFAULT_PORTS;
  assert.deepEqual(Object.fromEntries(Object.entries(ROLES).map(([name, { port }]) => [name, port])), ports);
});

test('the group is the name of the application, or the one that was said', () => {
  assert.equal(toMarathon(application({ name: 'my_room', services: { a: {} } })).group.id, '/my-room');
  const { group } = toMarathon(application({ services: { a: {} } }), { group: '/rooms/c1/' });
  assert.deepEqual([group.id, group.apps[0]!.id], ['/rooms/c1', '/rooms/c1/a']);
});

test('options that name nobody are refused, and so is an application without services', () => {
  const model = application({ services: { a: {}, b: {} } });
  assert.throws(() => toMarathon(model, { instances: new Map([['c', 1]]) }), {
    name: 'SyntaxError',
    message: 'Cannot take --instances for c: the services are a, b',
  });
  assert.throws(() => toMarathon(model, { volumeSizes: new Map([['c', 1]]) }), /no such volume/);
  assert.throws(() => toMarathon(application({ services: {} })), /it has no services/);
});

test('a service that is only built is an error that says what to do, and where it stands', () => {
  const model = application({ services: { a: {}, b: { image: undefined, isBuilt: true } } });
  assert.throws(() => toMarathon(model), {
    name: 'SyntaxError',
    message: /^Cannot make an app of b: it has no image, only build, .*compose\.mjs push .* \(compose\.yml, line 20\)$/,
  });
});

const RANDOM = 300;
const REFUSED = { without: ['copies of a volume', 'long names'] } as const;

test(`whatever an application is like, its group honours what can be told by looking (${RANDOM} of them)`, () => {
  for (let seed = 1; seed <= RANDOM; seed++) {
    const discovery = DISCOVERIES[seed % 3]!;
    const options = { discovery, ...(discovery === 'mesos-dns' ? { network: 'dcos' } : {}) };
    const model = randomApplication(seed, REFUSED);
    const { group, losses } = toMarathon(model, options);
    const text = JSON.stringify(group);
    assert.equal(JSON.stringify(toMarathon(randomApplication(seed, REFUSED), options).group), text, 'the same bytes');
    assert.equal(JSON.stringify(JSON.parse(text)), text, 'all of it is JSON');
    assert.equal(group.apps.length, model.services.length);
    assert.ok(losses.every(({ at, why }) => at.line > 0 && why !== ''));
    const ids = group.apps.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const servicePorts = group.apps.flatMap(({ container }) => container.portMappings)
      .map(({ servicePort }) => servicePort).filter((port) => port !== 0);
    assert.equal(new Set(servicePorts).size, servicePorts.length);
    for (const app of group.apps) {
      try {
        assertSound(app, { ids, group: group.id });
      } catch (error) {
        throw new Error(`seed ${seed}, ${discovery}, ${app.id}: ${(error as Error).message}`, { cause: error });
      }
    }
    for (const path of findPaths(group.apps)) assert.ok(path.length <= group.apps.length, `seed ${seed}: a circle`);
  }
});

function* findPaths(apps: readonly MarathonApp[], path: readonly string[] = []): Generator<readonly string[]> {
  if (path.length > apps.length) return void (yield path);
  const next = path.length === 0 ? apps.map(({ id }) => id) : apps.find(({ id }) => id === path.at(-1))!.dependencies;
  if (next.length === 0) yield path;
  for (const id of next) yield* findPaths(apps, [...path, id]);
}

/** Numbers are those of the list of what Marathon accepts. */
function assertSound(
  app: MarathonApp,
  { ids, group }: { readonly ids: readonly string[]; readonly group: string },
): void {
  assert.match(app.id, /^(\/[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/);
  assert.equal(app.id.slice(0, app.id.lastIndexOf('/')), group);
  assert.doesNotMatch(app.id, /\/(restart|tasks|versions)$/);
  assert.ok(app.dependencies.every((one) => ids.includes(one) && one !== app.id));
  assert.ok(app.cmd === undefined || (app.args === undefined && app.cmd.length > 1));
  assert.ok(app.args === undefined || app.args.length > 0);
  const [{ mode }] = app.networks;
  const { portMappings, docker, volumes = [] } = app.container;
  assert.ok(docker.image.length > 0);
  for (const { containerPort, hostPort, servicePort, protocol, name } of portMappings) {
    assert.ok(containerPort > 0 && containerPort < 65_536);
    assert.ok(hostPort === 0 || (hostPort === undefined && mode === 'container'));
    assert.ok(servicePort === 0 || (servicePort >= 10_000 && servicePort <= 10_100));
    assert.ok(protocol === 'tcp' || servicePort === 0);
    assert.match(name, /^[a-z]([-a-z0-9]*[a-z0-9])?$/);
  }
  assert.equal(new Set(portMappings.map(({ name }) => name)).size, portMappings.length);
  assert.ok(portMappings.length === 0 || app.env.PORT !== undefined);
  const texts = [app.env, app.labels, ...portMappings.map(({ labels = {} }) => labels)].flatMap(Object.values);
  assert.ok(texts.every((text) => typeof text === 'string'));
  assert.ok((docker.parameters ?? []).every(({ key, value }) => key !== '' && typeof value === 'string'));
  assert.ok(app.healthChecks.length <= 1);
  for (const check of app.healthChecks) {
    if (check.protocol === 'COMMAND') assert.doesNotMatch(check.command.value, /["$`]/);
    else assert.equal(portMappings[check.portIndex]!.protocol, 'tcp');
    if (check.protocol === 'MESOS_HTTP') assert.doesNotMatch(docker.image, /redis/);
    assert.ok(check.maxConsecutiveFailures > 0 && check.intervalSeconds > 0 && check.timeoutSeconds > 0);
    assert.ok(Object.values(check).every((value) => typeof value !== 'number' || Number.isInteger(value)));
  }
  assert.ok(app.cpus >= 0.001 && app.mem > 0);
  const { cpus = app.cpus + 1, mem = app.mem + 1 } = app.resourceLimits ?? {};
  assert.ok(cpus >= app.cpus && mem > app.mem);
  const { minimumHealthCapacity, maximumOverCapacity } = app.upgradeStrategy;
  for (const part of [minimumHealthCapacity, maximumOverCapacity]) assert.ok(part >= 0 && part <= 1);
  const isStateful = volumes.some((volume) => 'persistent' in volume);
  if (isStateful) {
    assert.deepEqual([minimumHealthCapacity, maximumOverCapacity], [0, 0]);
    assert.ok(app.instances <= 1 && app.unreachableStrategy === 'disabled');
  }
  if (app.constraints?.some(([, operator]) => operator === 'UNIQUE')) {
    assert.ok(Math.ceil(minimumHealthCapacity * app.instances) < Math.max(1, app.instances));
    assert.equal(maximumOverCapacity, 0);
  }
  for (const volume of volumes) {
    if ('persistent' in volume) assert.doesNotMatch(volume.containerPath, /\//);
    else assert.ok(volume.hostPath !== '' && volume.containerPath.startsWith('/'));
  }
  assert.ok(app.taskKillGracePeriodSeconds >= 0 && Number.isInteger(app.taskKillGracePeriodSeconds));
}
