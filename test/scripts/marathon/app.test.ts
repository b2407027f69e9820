/** One service as one app: names, order, commands, options, ports, and what is lost of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MarathonApp } from '../../../scripts/marathon/api.ts';
import { type MarathonOptions, toMarathon } from '../../../scripts/marathon/generate.ts';
import { application, dependsOn, exec, type ServiceGiven, shell } from '../../../testkit/application.ts';

function appsOf(services: Readonly<Record<string, ServiceGiven>>, options?: MarathonOptions): readonly MarathonApp[] {
  return toMarathon(application({ services }), options).group.apps;
}

function appOf(service: ServiceGiven, options?: MarathonOptions): MarathonApp {
  return appsOf({ one: service }, options)[0]!;
}

/** `what: why`, of one service. */
function lossesOf(service: ServiceGiven, options?: MarathonOptions): string[] {
  return toMarathon(application({ services: { one: service } }), options).losses.map(({ what, why }) =>
    `${what}: ${why}`
  );
}

function choicesOf(service: ServiceGiven): string[] {
  return toMarathon(application({ services: { one: service } })).choices.map(({ what, why }) => `${what}: ${why}`);
}

function parametersOf(service: ServiceGiven): string[] {
  return (appOf(service).container.docker.parameters ?? []).map(({ key, value }) => `--${key}=${value}`);
}

test('names become ids; what was changed is told', () => {
  const { group, choices } = toMarathon(application({ services: { My_App: {}, 'a.b': {}, tasks: {}, 'x--y': {} } }));
  assert.deepEqual(group.apps.map(({ id }) => id.split('/').at(-1)), ['my-app', 'a-b', 'tasks-app', 'x--y']);
  assert.deepEqual(choices.filter(({ what }) => what === 'name').map(({ service }) => service), [
    'My_App',
    'a.b',
    'tasks',
  ]);
});

test('two names that become one id are refused, and so is one of which nothing stays', () => {
  assert.throws(() => appsOf({ my_app: {}, 'My-App': {} }), {
    name: 'SyntaxError',
    message:
      'Cannot name the apps of my_app and My-App: both become /coinroom/my-app; rename one (compose.yml, line 20)',
  });
  assert.throws(() => appsOf({ __: {} }), /^SyntaxError: Cannot name the app of "__": .*line 10\)$/);
});

for (const group of ['coinroom', '/Room', '/a//b', '/a/tasks', '/', '']) {
  test(`a group is no ${JSON.stringify(group)}`, () => {
    assert.throws(() => appOf({}, { group }), { name: 'SyntaxError', message: /^Cannot use this group: / });
  });
}

test('who waits for whom: once, in absolute ids', () => {
  const [, , web] = appsOf({
    db: {},
    queue: {},
    web: { dependencies: dependsOn('queue', 'db'), links: [{ service: 'db', alias: 'db' }] },
  });
  assert.deepEqual(web!.dependencies, ['/coinroom/queue', '/coinroom/db']);
});

test('a circle, oneself and somebody who is not there are errors that name file and line', () => {
  assert.throws(
    () =>
      appsOf({
        a: { dependencies: dependsOn('b'), given: ['image', 'depends_on'] },
        b: { links: [{ service: 'c', alias: 'c' }] },
        c: { dependencies: dependsOn('b'), given: ['depends_on'] },
      }),
    {
      name: 'SyntaxError',
      message: 'Cannot order the apps: they wait for each other, b -> c -> b (compose.yml, line 31)',
    },
  );
  assert.throws(() => appsOf({ a: { dependencies: dependsOn('a'), given: ['image', 'depends_on'] } }), {
    message: 'Cannot start a after a: it would wait for itself (compose.yml, line 12)',
  });
  assert.throws(() => appsOf({ a: { links: [{ service: 'x', alias: 'x' }], given: ['links'] } }), {
    message: 'Cannot start a after x: there is no such service (compose.yml, line 11)',
  });
  const optional = { service: 'x', condition: 'started', isRequired: false } as const;
  assert.deepEqual(appOf({ dependencies: [optional] }).dependencies, []);
});

test('waiting for the end of a service, or for the health of one that is not asked, is a loss', () => {
  const on = (condition: 'healthy' | 'completed') => ({
    services: {
      db: { isHealthcheckOff: true },
      web: { dependencies: [{ service: 'db', condition, isRequired: true }] },
    },
  });
  for (const condition of ['healthy', 'completed'] as const) {
    assert.deepEqual(toMarathon(application(on(condition))).losses.map(({ what }) => what), ['depends_on']);
  }
});

test('a list is given to what the image starts, a line to a shell', () => {
  assert.deepEqual(appOf({ command: exec('a', 'b c') }).args, ['a', 'b c']);
  assert.equal(appOf({ command: exec('a') }).cmd, undefined);
  assert.equal(appOf({ command: shell('a "$B"') }).cmd, 'a "$B"');
  assert.equal(appOf({ command: shell('w') }).cmd, 'w ', 'one character is refused');
  assert.match(choicesOf({ command: shell('a') }).join(), /command: a line runs under \/bin\/sh/);
  for (const empty of [undefined, exec(), shell(' ')]) {
    const app = appOf({ command: empty });
    assert.deepEqual([app.cmd, app.args], [undefined, undefined]);
  }
});

test('an entrypoint is one word for docker, and its others go before those of the command', () => {
  const entrypoint = exec('/bin/one', 'two');
  assert.deepEqual(parametersOf({ entrypoint }), ['--entrypoint=/bin/one']);
  assert.deepEqual(appOf({ entrypoint, command: exec('three') }).args, ['two', 'three']);
  assert.deepEqual(appOf({ entrypoint, command: shell('x y') }).args, ['two', '/bin/sh', '-c', 'x y']);
  assert.deepEqual(appOf({ entrypoint: shell('x y') }).args, ['-c', 'x y']);
  assert.equal(appOf({ entrypoint: exec() }).args, undefined);
});

test('what keeps a container small is an option of docker', () => {
  assert.deepEqual(
    parametersOf({
      isReadOnly: true,
      capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
      securityOptions: ['no-new-privileges:true'],
      hasInit: true,
      resources: { pidsLimit: 100 },
      user: '1000:1000',
      workingDirectory: '/app',
      hostname: 'one',
      stopSignal: 'SIGUSR1',
      isHealthcheckOff: true,
      extraHosts: new Map([['a', '10.0.0.1'], ['b', '::1']]),
    }),
    [
      ...['--read-only=true', '--cap-drop=ALL', '--cap-add=NET_ADMIN', '--security-opt=no-new-privileges:true'],
      ...['--init=true', '--pids-limit=100', '--user=1000:1000', '--workdir=/app', '--hostname=one'],
      ...['--stop-signal=SIGUSR1', '--no-healthcheck=true', '--add-host=a:10.0.0.1', '--add-host=b:::1'],
    ],
  );
  assert.equal(appOf({}).container.docker.parameters, undefined);
  assert.equal(appOf({ isPrivileged: true }).container.docker.privileged, true);
});

test('ports: one mapping each, at no port of an agent, in the protocol that was said', () => {
  const { container, env } = appOf({
    ports: [
      { target: 80, published: 8000, name: 'web' },
      { target: 80, published: 8001, isOfRange: true },
      { target: 53, published: 53, protocol: 'udp' },
      { target: 90, hostIp: '127.0.0.1', name: 'Not_Good' },
    ],
    exposed: [{ port: 7000, protocol: 'tcp' }, { port: 53, protocol: 'tcp' }],
  });
  const common = { hostPort: 0, protocol: 'tcp' };
  assert.deepEqual(container.portMappings, [
    { containerPort: 80, ...common, servicePort: 10_000, name: 'web' },
    { containerPort: 53, ...common, servicePort: 0, protocol: 'udp', name: 'udp-53' },
    { containerPort: 90, ...common, servicePort: 10_001, name: 'tcp-90' },
    { containerPort: 7000, ...common, servicePort: 10_002, name: 'tcp-7000' },
    { containerPort: 53, ...common, servicePort: 10_003, name: 'tcp-53' },
  ]);
  assert.deepEqual(env, { PORT: '80' });
});

test('without a port there is an empty list, no check and no PORT; one of 0 is none', () => {
  for (const service of [{}, { environment: { PORT: '0' } }]) {
    const { container, healthChecks } = appOf(service);
    assert.deepEqual([container.portMappings, healthChecks], [[], []]);
  }
  assert.deepEqual(appOf({}).env, {});
});

test('the address of a machine, and UDP from outside, are losses; a range is none', () => {
  const ports = [
    { target: 80, published: 80, hostIp: '127.0.0.1' },
    { target: 53, published: 53, protocol: 'udp' as const },
    { target: 81, published: 8010, isOfRange: true },
  ];
  assert.deepEqual(lossesOf({ ports }), [
    'ports: marathon-lb listens on all addresses, not on 127.0.0.1 alone',
    'ports: marathon-lb balances no UDP: it is at a port of the agent that Marathon gives',
  ]);
  assert.ok(
    choicesOf({ ports }).some((line) => line.startsWith('ports: from outside, 81 is port 10001 of marathon-lb')),
  );
});

test('labels that cannot be read are an error', () => {
  assert.throws(() => appOf({ labels: { 'ambassador.ports': 'x' } }), /^SyntaxError: Cannot read the labels of one: /);
});

test('the time to end is that of the file, in whole seconds; else 10 s, as Compose has it', () => {
  const of = (stopGraceMs: number | undefined) => appOf({ stopGraceMs }).taskKillGracePeriodSeconds;
  assert.deepEqual([of(undefined), of(10_000), of(1500), of(0)], [10, 10, 2, 0]);
  assert.deepEqual(lossesOf({ stopGraceMs: 10_000 }), []);
  assert.deepEqual(lossesOf({ stopGraceMs: 1500 }), ['stop_grace_period: Marathon counts whole seconds: 2']);
});

test('the own PORT of a service stays, and is a port', () => {
  const { env, container } = appOf({ environment: { PORT: '3000' }, ports: [{ target: 80 }] });
  assert.deepEqual(env, { PORT: '3000' });
  assert.deepEqual(container.portMappings.map(({ containerPort }) => containerPort), [80, 3000]);
});

test('an empty PORT is none: Marathon would put one of the agent there', () => {
  assert.deepEqual(appOf({ environment: { PORT: '' }, ports: [{ target: 80 }] }).env, { PORT: '80' });
});

test('a label that says the ports which others talk to takes none of the others away, and knows their modes', () => {
  const labels = { 'ambassador.ports': '3000/http, 80/tcp' };
  const { container } = appOf({ labels, ports: [{ target: 80 }], environment: { PORT: '5000' } });
  assert.deepEqual(container.portMappings.map(({ name }) => name), ['tcp-80', 'tcp-5000', 'http-3000']);
});

test('keys that an app has no field for are losses by name, where they stand', () => {
  const given = [
    'image',
    'container_name',
    'deploy',
    'deploy.placement.constraints',
    'deploy.resources.limits.cpus',
    'pid',
  ];
  const { losses } = toMarathon(application({
    services: { one: { given, networkMode: 'host', image: 'one', isBuilt: true } },
    others: ['networks.back'],
  }));
  assert.deepEqual(losses.map(({ service, what, at }) => [service, what, at.line]), [
    [undefined, 'networks.back', 910],
    ['one', 'container_name', 12],
    ['one', 'deploy.placement.constraints', 14],
    ['one', 'pid', 16],
    ['one', 'image', 11],
    ['one', 'build', 10],
    ['one', 'network_mode', 10],
  ]);
});

test('a reason that is known for a key holds for those below it', () => {
  const [loss] = lossesOf({ given: ['deploy.placement.constraints'] });
  assert.match(loss!, /^deploy\.placement\.constraints: agents have attributes/);
  assert.match(lossesOf({ given: ['deploy.update_config.order'] })[0]!, /an upgrade keeps half/);
  assert.match(lossesOf({ given: ['deploy.restart_policy'] })[0]!, /^deploy\.restart_policy: Marathon starts again/);
  assert.match(lossesOf({ given: ['pid'] })[0]!, /^pid: Marathon has no field for it$/);
});

const RESTARTS = { no: 1, 'on-failure': 1, always: 0, 'unless-stopped': 0 } as const;

for (const [restart, count] of Object.entries(RESTARTS)) {
  test(`restart: ${restart} is ${count === 0 ? 'what Marathon does' : 'a loss'}, where the file says it`, () => {
    const service = { restart: restart as keyof typeof RESTARTS };
    assert.equal(lossesOf({ ...service, given: ['restart'] }).length, count);
    assert.equal(lossesOf(service).length, 0);
  });
}
