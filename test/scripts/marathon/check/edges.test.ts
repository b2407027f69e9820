/** What looks wrong and is not; what is told of a finding; and documents in the forms that people and Marathon write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMarathon } from '../../../../scripts/marathon/check/check.ts';

const TIMES = { gracePeriodSeconds: 15, intervalSeconds: 5, timeoutSeconds: 3 };
const MAPPING = { containerPort: 80, hostPort: 0 };
const IMAGE = { docker: { image: 'example.org/web:1' } };
const BRIDGE = [{ mode: 'container/bridge' }];

const bridged = (fields: object = {}): object => (
  { id: '/web', networks: BRIDGE, container: { ...IMAGE, portMappings: [MAPPING] }, ...fields }
);
const onHost = (fields: object = {}): object => ({ id: '/job', cmd: 'sleep 9', portDefinitions: [], ...fields });
const health = (fields: object): object => ({ healthChecks: [{ ...TIMES, ...fields }] });
const volumes = (...list: readonly object[]): object => ({ container: { ...IMAGE, portMappings: [], volumes: list } });

const FINE: Readonly<Record<string, unknown>> = {
  'a cmd of two characters': onHost({ cmd: 'ls' }),
  'args that are empty beside a cmd, as Marathon answers': onHost({ args: [] }),
  'a shell among the args': onHost({ cmd: undefined, args: ['/bin/sh', '-c', 'a && b', '|'] }),
  'a container alone': bridged(),
  'an id of dots, digits and dashes': onHost({ id: '/v1.2/a-b.c' }),
  'restart within an id, and an id that begins so': [onHost({ id: '/restart/a' }), onHost({ id: '/b/tasks-1' })],
  'a / at the end of an id': onHost({ id: '/job/' }),
  'the root group': { id: '/', groups: [{ id: '/a', apps: [onHost({ id: '/a/b' })] }] },
  'a dependency outside of the group': { id: '/a', apps: [onHost({ id: '/a/b', dependencies: ['/db', '../c'] })] },
  'two that depend on a third': [
    onHost({ dependencies: ['/c'] }),
    onHost({ id: '/b', dependencies: ['/c', '/job'] }),
    onHost({ id: '/c' }),
  ],
  'an empty list of a deprecated kind, as Marathon answers': bridged({ uris: [] }),
  'two container networks of Mesos’, and a hostPort of one': bridged({
    networks: [{ name: 'a' }, { name: 'b' }],
    container: { type: 'MESOS', ...IMAGE, portMappings: [{ ...MAPPING, networkNames: ['b'] }] },
  }),
  'a network with _ in its name': bridged({ networks: [{ mode: 'container', name: 'my_net' }] }),
  'hostPort 0, and none': bridged({ container: { ...IMAGE, portMappings: [MAPPING, { containerPort: 90 }] } }),
  'a port on host that is only a servicePort': onHost({ portDefinitions: [{ port: 8000 }] }),
  'requirePorts on host for any port': onHost({ portDefinitions: [{ port: 0 }], requirePorts: true }),
  'requirePorts false, as Marathon answers': bridged({ requirePorts: false }),
  'containerPort 0 that the command reads': bridged({
    cmd: 'serve $PORT0',
    container: { ...IMAGE, portMappings: [{ containerPort: 0, hostPort: 0 }] },
  }),
  'servicePorts at both ends of marathon-lb’s': bridged({
    labels: { HAPROXY_GROUP: 'external' },
    container: { ...IMAGE, portMappings: [{ ...MAPPING, servicePort: 10_000 }, { ...MAPPING, servicePort: 10_100 }] },
  }),
  'a servicePort beside the name of a host': bridged({
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'shop.example' },
    container: { ...IMAGE, portMappings: [{ ...MAPPING, servicePort: 5000 }] },
  }),
  'both protocols': bridged({ container: { ...IMAGE, portMappings: [{ ...MAPPING, protocol: 'udp,tcp' }] } }),
  'a port’s name of one character': bridged({ container: { ...IMAGE, portMappings: [{ ...MAPPING, name: '9' }] } }),
  'PORT that is told to others with the machine': bridged({ cmd: 'serve --announce=$HOST:$PORT0' }),
  'a machine that is told to others, and not listened at': bridged({
    ...health({ protocol: 'MESOS_TCP' }),
    cmd: 'serve --advertise-host=$HOST',
  }),
  'PORT where none is mapped': bridged({ container: { ...IMAGE, portMappings: [] }, env: { PORT: '8080' } }),
  'two COMMAND checks': onHost({
    healthChecks: [1, 2].map((one) => ({ ...TIMES, protocol: 'COMMAND', command: { value: `true ${one}` } })),
  }),
  'a check of the port that Marathon adds': [{ ...onHost({ ports: undefined }), ...health({ protocol: 'MESOS_TCP' }) }]
    .map((app) => ({ ...app, portDefinitions: [{}] })),
  'a check by port, of none that is mapped': bridged(health({ protocol: 'MESOS_HTTP', port: 8081 })),
  'TCP of a redis': bridged({
    ...health({ protocol: 'MESOS_TCP' }),
    container: { docker: { image: 'redis:7' }, portMappings: [MAPPING] },
  }),
  'HTTP of what is only called after a redis': bridged({
    ...health({ protocol: 'MESOS_HTTP' }),
    container: { docker: { image: 'example.org/redis-commander' }, portMappings: [MAPPING] },
  }),
  'IPv6 of a container of Docker’s': bridged(health({ protocol: 'MESOS_HTTP', ipProtocol: 'IPv6' })),
  'check without Docker': onHost({ check: { exec: { command: { argv: ['true'] } }, intervalSeconds: 5 } }),
  'a variable that is a secret': onHost({ env: { A: { secret: 's' } }, secrets: { s: { source: '/s' } } }),
  'a variable that is empty': onHost({ env: { A: '' } }),
  'MAX_PER "2"': onHost({ constraints: [['hostname', 'MAX_PER', '2']] }),
  'GROUP_BY with and without a number, LIKE, IS, CLUSTER, and unique in small letters': onHost({
    constraints: [
      ...[['rack', 'GROUP_BY'], ['rack', 'GROUP_BY', '3'], ['rack', 'UNLIKE', '(?i)r[1-3]++'], ['a', 'IS', '']],
      ...[['a', 'CLUSTER'], ['zone', 'unique']],
    ],
    upgradeStrategy: { minimumHealthCapacity: 0.99 },
  }),
  'cpus of a thousandth, and no mem': onHost({ cpus: 0.001, mem: 0 }),
  'limits equal to what is asked for, and none': onHost({
    ...{ cpus: 1, mem: 64 },
    resourceLimits: { cpus: 'unlimited', mem: 64 },
  }),
  'the role of the app, and *': onHost({ role: 'prod', acceptedResourceRoles: ['*', 'prod'] }),
  'privileged false, and no parameters, with MESOS': bridged({
    container: { type: 'MESOS', docker: { image: 'a', privileged: false, parameters: [] }, portMappings: [MAPPING] },
  }),
  'gpus 0 with DOCKER': bridged({ gpus: 0 }),
  'a socket that is written to is no state': bridged(
    volumes({ containerPath: '/x', hostPath: '/var/run/docker.sock', mode: 'RW' }),
  ),
  'a folder that is written to by several': bridged({
    ...volumes({ containerPath: '/x', hostPath: '/srv', mode: 'RW' }),
    instances: 2,
  }),
  'a secret as a volume has no mode': bridged({
    ...volumes({ containerPath: 'x', secret: 's' }),
    secrets: { s: { source: '/s' } },
  }),
  'unreachableStrategy of zeros': onHost({ unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 } }),
  'no apps at all': [],
  'a group without apps': { id: '/a', groups: [] },
  'Marathon’s answer of all apps': { apps: [onHost(), bridged()] },
  'Marathon’s answer of one app': { app: onHost({ version: '2026-01-31T12:00:00.000Z' }) },
};

for (const [what, json] of Object.entries(FINE)) {
  test(`nothing is wrong with ${what}`, () => {
    assert.deepEqual(checkMarathon(JSON.parse(JSON.stringify(json))), []);
  });
}

test('a finding says what is there, and what to write instead', () => {
  const app = { ...onHost({ id: '/My_Shop/Web_1' }), env: { PORT: 80 }, mem: '256', cpu: 1 };
  assert.deepEqual(checkMarathon(app), [
    { rule: 'unknown-field', path: '$.cpu', found: '1', fix: 'cpus' },
    { rule: 'env-texts', path: '$.env.PORT', found: '80', fix: '"80"' },
    { rule: 'id-segments', path: '$.id', found: '"/My_Shop/Web_1"', fix: '"/my-shop/web-1"' },
    { rule: 'kind-of-value', path: '$.mem', found: '"256"', fix: 'a number: 256' },
  ]);
});

test('findings are in the order of their paths, places as numbers, and keys that are no names in brackets', () => {
  const env = { b: 1, 'a b': 1 };
  const apps = Array.from(
    { length: 11 },
    (_, at) => onHost({ id: `/job${at}`, ...(at === 2 || at === 10 ? { env } : {}) }),
  );
  assert.deepEqual(checkMarathon(apps).map(({ path }) => path), [
    ...['$[2].env["a b"]', '$[2].env.b', '$[10].env["a b"]', '$[10].env.b'],
  ]);
});

/** In the style of what people have published. */
const PUBLISHED: readonly (readonly [what: string, json: unknown, found: readonly string[]])[] = [
  ['a web server behind marathon-lb, of 2016', {
    ...{ id: 'web', instances: 3, cpus: 0.1, mem: 65 },
    container: {
      type: 'DOCKER',
      docker: {
        ...{ image: 'example/web', network: 'BRIDGE', forcePullImage: true },
        portMappings: [{ hostPort: 0, containerPort: 80, servicePort: 10_000 }],
      },
    },
    healthChecks: [{ protocol: 'HTTP', path: '/', portIndex: 0, ...TIMES, maxConsecutiveFailures: 10 }],
    labels: { HAPROXY_GROUP: 'external', HAPROXY_0_VHOST: 'web.example', HAPROXY_0_MODE: 'http' },
  }, [
    'deprecated-field $.container.docker.network',
    'deprecated-field $.container.docker.portMappings',
    'check-by-marathon $.healthChecks[0].protocol',
    'id-absolute $.id',
  ]],
  ['an image beside docker, and ports below it', {
    ...{ id: '/svc', instances: 1, cpus: 1, mem: 512 },
    container: {
      ...{ type: 'DOCKER', image: 'example/svc' },
      docker: { network: 'HOST', portDefinitions: [{ port: 0, name: 'admin' }] },
    },
    healthChecks: [{ protocol: 'HTTP', path: '/ok', portIndex: 1, ...TIMES }],
  }, [
    'missing-field $.container.docker.image',
    'deprecated-field $.container.docker.network',
    'unknown-field $.container.docker.portDefinitions',
    'unknown-field $.container.image',
    'check-port-index $.healthChecks[0].portIndex',
    'check-by-marathon $.healthChecks[0].protocol',
    'ports-said $.portDefinitions',
  ]],
  ['bridged, with the port of the machine wanted as it is', {
    ...bridged({ requirePorts: true, labels: { HAPROXY_GROUP: 'external' } }),
    container: { ...IMAGE, portMappings: [{ containerPort: 5858, hostPort: 9090, servicePort: 9090 }] },
  }, [
    'host-port-fixed $.container.portMappings[0].hostPort',
    'service-port-range $.container.portMappings[0].servicePort',
    'require-ports-mode $.requirePorts',
    'upgrade-deadlock $.upgradeStrategy.minimumHealthCapacity',
  ]],
  ['a redis made of a Compose file by a program', {
    ...{ id: 'my_app/redis', cpus: 0.5, mem: 134_217_728, env: { A: null, B: 1 } },
    container: { type: 'DOCKER', docker: { image: 'redis', network: 'BRIDGE' }, volumes: [{ containerPath: '/data' }] },
    healthChecks: [{ protocol: 'HTTP', path: '/', port_index: 0 }],
  }, [
    'deprecated-field $.container.docker.network',
    'ports-said $.container.portMappings',
    'volume-kind $.container.volumes[0].hostPath',
    'volume-mode $.container.volumes[0].mode',
    'env-texts $.env.A',
    'env-texts $.env.B',
    'check-timing $.healthChecks[0].gracePeriodSeconds',
    'check-timing $.healthChecks[0].intervalSeconds',
    'unknown-field $.healthChecks[0].port_index',
    'check-by-marathon $.healthChecks[0].protocol',
    'check-of-image $.healthChecks[0].protocol',
    'check-timing $.healthChecks[0].timeoutSeconds',
    'id-absolute $.id',
    'id-segments $.id',
    'mem-in-mib $.mem',
  ]],
];

for (const [what, json, found] of PUBLISHED) {
  test(`what is found in ${what}`, () => {
    assert.deepEqual(checkMarathon(json).map(({ rule, path }) => `${rule} ${path}`), found);
  });
}
