/** Each rule by itself: what breaks it breaks no other, and what is at the edge breaks none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMarathon } from '../../../../scripts/marathon/check/check.ts';
import { RULES } from '../../../../scripts/marathon/check/rules.ts';

type Edits = Readonly<Record<string, unknown>>;

const TIMES = { gracePeriodSeconds: 15, intervalSeconds: 5, timeoutSeconds: 3 };

const MAPPING = { containerPort: 80, hostPort: 0, servicePort: 10_001, name: 'http', protocol: 'tcp' };

const HEALTH = { protocol: 'MESOS_HTTP', path: '/healthz', portIndex: 0, maxConsecutiveFailures: 3, ...TIMES };

const BRIDGED = {
  ...{ id: '/shop/web', instances: 2, cpus: 0.5, mem: 128 },
  networks: [{ mode: 'container/bridge' }],
  container: { type: 'DOCKER', docker: { image: 'example.org/web:1' }, portMappings: [MAPPING] },
  env: { PORT: '80' },
  labels: { HAPROXY_GROUP: 'external' },
  healthChecks: [HEALTH],
  upgradeStrategy: { minimumHealthCapacity: 0.5, maximumOverCapacity: 0.5 },
};

const ON_HOST = { id: '/batch', cmd: 'sleep 100', cpus: 0.1, mem: 32, portDefinitions: [] };

const READINESS = { portName: 'http', intervalSeconds: 5, timeoutSeconds: 3 };

const VOLUME = { containerPath: '/x', hostPath: '/x', mode: 'RO' };

const PERSISTENT = { containerPath: 'wallet', persistent: { size: 10 }, mode: 'RW' };

const STATEFUL = {
  ...{ id: '/shop/redis', instances: 1, cpus: 0.5, mem: 64, networks: [{ mode: 'container/bridge' }] },
  container: { docker: { image: 'redis:7' }, portMappings: [], volumes: [PERSISTENT] },
  upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
};

const GROUP = {
  id: '/shop',
  apps: [BRIDGED, STATEFUL],
  groups: [{
    id: '/shop/jobs',
    apps: [{ ...ON_HOST, id: '/shop/jobs/miner', dependencies: ['/shop/web'] }],
    dependencies: [],
  }],
};

const IN_NETWORKS = [{ mode: 'container', name: 'one' }, { mode: 'container', name: 'two' }];

/** A copy in which other values stand at these paths; undefined takes a field away. */
function edited(base: object, edits: Edits): unknown {
  const copy = structuredClone(base) as Record<string, unknown>;
  for (const [path, value] of Object.entries(edits)) {
    const steps = path.split('.');
    const last = steps.pop()!;
    let place = copy;
    for (const step of steps) place = (place[step] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete place[last];
    else place[last] = value;
  }
  return JSON.parse(JSON.stringify(copy));
}

/** `container.portMappings.0.name` as `$.container.portMappings[0].name`. */
function toJsonPath(path: string): string {
  return `$.${path}`.replaceAll(/\.(\d+)/g, '[$1]');
}

/** The one finding stands at the first path that is edited, unless another is named. */
const BROKEN: readonly (readonly [rule: string, base: object, edits: Edits, path?: string])[] = [
  ['kind-of-value', BRIDGED, { cpus: '0.5' }],
  ['kind-of-value', BRIDGED, { user: null }],
  ['kind-of-value', ON_HOST, { cmd: undefined, args: 'sleep 100' }, '$.args'],
  ['kind-of-value', GROUP, { groups: {} }],
  ['kind-of-value', GROUP, { 'apps.2': 'web' }],
  [
    'kind-of-value',
    ON_HOST,
    { healthChecks: [{ protocol: 'COMMAND', command: 'true', ...TIMES }] },
    '$.healthChecks[0].command',
  ],
  ['unknown-field', BRIDGED, { 'container.image': 'nginx' }],
  ['unknown-field', GROUP, { pods: [] }],
  ['missing-field', ON_HOST, { id: undefined }],
  ['missing-field', BRIDGED, { fetch: [{ extract: true }] }, '$.fetch[0].uri'],
  ['choice', BRIDGED, { killSelection: 'youngest_first' }],
  ['choice', ON_HOST, { networks: [{ mode: 'bridge' }], portDefinitions: undefined }, '$.networks[0].mode'],
  ['range', ON_HOST, { portDefinitions: [{ port: 65_536 }] }, '$.portDefinitions[0].port'],
  ['range', BRIDGED, { instances: 1.5 }],
  ['range', BRIDGED, { backoffFactor: 0.9 }],
  ['form-of-text', BRIDGED, { 'container.docker.image': '' }],
  ['form-of-text', BRIDGED, { networks: [{ mode: 'container', name: 'My Net' }] }, '$.networks[0].name'],
  ['id-segments', BRIDGED, { id: '/shop/web_1' }],
  ['id-segments', BRIDGED, { id: '/' }],
  ['id-segments', BRIDGED, { id: '/shop/web-' }],
  ['id-reserved', BRIDGED, { id: '/shop/tasks' }],
  ['id-absolute', BRIDGED, { id: 'shop/web' }],
  ['id-in-group', GROUP, { 'apps.0.id': '/other/web', 'groups.0.apps.0.dependencies': [] }],
  ['id-in-group', GROUP, { 'groups.0.apps.0.id': '/shop/miner' }],
  ['id-unique', GROUP, { 'apps.1.id': '/shop/web' }],
  ['id-unique', GROUP, { 'apps.1.id': '/shop/jobs' }],
  ['group-alone', GROUP, { version: '2026-01-31T12:00:00.000Z' }],
  ['dependency-path', BRIDGED, { dependencies: ['/shop/My_Db'] }, '$.dependencies[0]'],
  ['dependency-known', GROUP, { 'apps.0.dependencies': ['/shop/rediss'] }, '$.apps[0].dependencies[0]'],
  ['dependency-self', BRIDGED, { dependencies: ['/shop/web'] }, '$.dependencies[0]'],
  ['dependency-self', GROUP, { 'apps.0.dependencies': ['/shop'] }, '$.apps[0].dependencies[0]'],
  ['cmd-or-args', ON_HOST, { args: ['sleep'] }],
  ['cmd-or-args', ON_HOST, { cmd: undefined }],
  ['cmd-length', ON_HOST, { cmd: 'w' }],
  ['cmd-length', ON_HOST, { cmd: '' }],
  ['cmd-form', ON_HOST, { cmd: '["sleep", "100"]' }],
  ['cmd-form', ON_HOST, { cmd: undefined, args: ['node', 'a.mjs', '&&', 'node', 'b.mjs'] }, '$.args[2]'],
  ['deprecated-field', BRIDGED, { 'container.docker.network': 'BRIDGE', networks: undefined }],
  ['deprecated-field', BRIDGED, { uris: ['https://example.org/a.tgz'] }],
  ['deprecated-field', ON_HOST, { ports: [0], portDefinitions: undefined }],
  ['deprecated-field', BRIDGED, { 'container.docker.portMappings': [MAPPING], 'container.portMappings': undefined }],
  ['deprecated-field', ON_HOST, {
    ...{ ipAddress: { networkName: 'dcos' }, portDefinitions: undefined },
    container: { type: 'MESOS', portMappings: [] },
  }],
  ['old-beside-new', BRIDGED, { 'container.docker.network': 'BRIDGE' }],
  ['old-beside-new', BRIDGED, { uris: ['https://a.example/x'], fetch: [{ uri: 'https://a.example/x' }] }],
  ['old-beside-new', ON_HOST, { ports: [8000], portDefinitions: [{ port: 8001 }] }],
  ['network-modes', BRIDGED, { networks: [{ mode: 'host' }, { mode: 'container/bridge' }], env: {} }],
  ['network-unique', BRIDGED, {
    networks: [IN_NETWORKS[0], IN_NETWORKS[0]],
    'container.type': 'MESOS',
    'container.portMappings.0.networkNames': ['one'],
  }, '$.networks[1].name'],
  ['network-one-for-docker', BRIDGED, { networks: IN_NETWORKS, 'container.portMappings.0.networkNames': ['one'] }],
  ['network-name', BRIDGED, { 'networks.0.name': 'bridge' }],
  ['network-name', BRIDGED, { 'networks.0.mode': 'container' }, '$.networks[0].name'],
  ['network-name', ON_HOST, { networks: [{ mode: 'host', labels: { a: 'b' } }] }, '$.networks[0].labels'],
  [
    'network-of-mapping',
    BRIDGED,
    { 'container.portMappings.0.networkNames': ['one'] },
    '$.container.portMappings[0].networkNames[0]',
  ],
  [
    'network-of-mapping',
    BRIDGED,
    { networks: IN_NETWORKS, 'container.type': 'MESOS' },
    '$.container.portMappings[0].networkNames',
  ],
  ['port-mappings-mode', BRIDGED, {
    'container.portMappings': [MAPPING],
    networks: undefined,
    healthChecks: [],
    portDefinitions: [],
  }],
  ['port-definitions-mode', BRIDGED, { portDefinitions: [{ port: 8080 }] }],
  ['ports-said', ON_HOST, { portDefinitions: undefined }],
  ['ports-said', BRIDGED, { 'container.portMappings': undefined }],
  ['host-port-fixed', BRIDGED, { 'container.portMappings.0.hostPort': 8080 }],
  ['host-port-fixed', ON_HOST, {
    portDefinitions: [{ port: 31_000 }],
    requirePorts: true,
    upgradeStrategy: { minimumHealthCapacity: 0 },
  }, '$.portDefinitions[0].port'],
  ['container-port-zero', BRIDGED, { 'container.portMappings.0.containerPort': 0 }],
  ['container-port-zero', BRIDGED, { 'container.portMappings.0.containerPort': undefined }],
  [
    'service-port-unique',
    GROUP,
    { 'groups.0.apps.0.portDefinitions': [{ port: 10_001 }] },
    '$.groups[0].apps[0].portDefinitions[0].port',
  ],
  ['service-port-range', BRIDGED, { 'container.portMappings.0.servicePort': 8080 }],
  ['port-name', BRIDGED, { 'container.portMappings.0.name': 'HTTP_api' }],
  [
    'port-name-unique',
    BRIDGED,
    { 'container.portMappings.1': { ...MAPPING, servicePort: 0 } },
    '$.container.portMappings[1].name',
  ],
  ['port-protocol', BRIDGED, { 'container.portMappings.0.protocol': 'tcp,udp' }],
  ['require-ports-mode', BRIDGED, { requirePorts: true }],
  ['port-variable', BRIDGED, { 'env.PORT': '8080' }],
  ['port-variable', BRIDGED, { 'env.PORT': undefined, cmd: 'serve --port $PORT' }],
  ['port-variable', BRIDGED, { 'env.PORT0': undefined, args: ['serve', '--port=${PORT0}'] }],
  ['check-by-marathon', BRIDGED, { 'healthChecks.0.protocol': 'HTTP' }],
  ['check-by-marathon', BRIDGED, { 'healthChecks.0.protocol': undefined }],
  ['checks-mixed', BRIDGED, { 'healthChecks.1': { ...HEALTH, protocol: 'TCP' } }, '$.healthChecks[1].protocol'],
  ['check-one-of-mesos', BRIDGED, { 'healthChecks.1': { ...HEALTH, protocol: 'MESOS_TCP' } }],
  ['check-port-index', BRIDGED, { 'healthChecks.0.portIndex': 1 }],
  ['check-port-index', BRIDGED, { 'healthChecks.0.portIndex': undefined, 'container.portMappings': [] }],
  ['check-port-index', ON_HOST, { check: { tcp: { portIndex: 0 } } }, '$.check.tcp.portIndex'],
  ['check-kills-at-once', BRIDGED, { 'healthChecks.0.maxConsecutiveFailures': 0 }],
  ['check-timing', BRIDGED, { 'healthChecks.0.intervalSeconds': undefined }],
  ['check-command', ON_HOST, { healthChecks: [{ protocol: 'COMMAND', ...TIMES }] }, '$.healthChecks[0].command'],
  ['check-command', BRIDGED, { 'healthChecks.0.command': { value: 'true' } }, '$.healthChecks[0].protocol'],
  [
    'check-of-image',
    BRIDGED,
    { 'container.docker.image': 'registry.example:5000/library/redis:7@sha256:0' },
    '$.healthChecks[0].protocol',
  ],
  ['check-from-inside', BRIDGED, { 'healthChecks.0.port': 10_001, 'healthChecks.0.portIndex': undefined }],
  ['check-from-inside', BRIDGED, { cmd: 'serve --bind=$HOST' }],
  ['check-ip-protocol', BRIDGED, { 'healthChecks.0.ipProtocol': 'IPv6', 'container.type': 'MESOS' }],
  ['readiness-one', BRIDGED, { readinessChecks: [READINESS, READINESS] }, '$.readinessChecks[1]'],
  [
    'readiness-port',
    BRIDGED,
    { readinessChecks: [{ ...READINESS, portName: 'https' }] },
    '$.readinessChecks[0].portName',
  ],
  [
    'readiness-timing',
    BRIDGED,
    { readinessChecks: [{ ...READINESS, timeoutSeconds: 5 }] },
    '$.readinessChecks[0].timeoutSeconds',
  ],
  ['check-not-docker', BRIDGED, { check: { tcp: { portIndex: 0 } } }],
  ['check-kind', ON_HOST, { check: { tcp: { port: 1 }, http: { port: 1 } } }],
  ['check-kind', ON_HOST, { check: { exec: { command: {} } } }, '$.check.exec.command'],
  ['env-texts', BRIDGED, { 'env.DELAY_MS': 100 }],
  ['env-texts', BRIDGED, { 'env.HOME': null }],
  ['env-names', BRIDGED, { env: { '': 'x' } }, '$.env[""]'],
  ['label-texts', BRIDGED, { 'labels.tier': 1 }],
  [
    'label-texts',
    BRIDGED,
    { 'container.portMappings.0.labels': { VIP_0: true } },
    '$.container.portMappings[0].labels.VIP_0',
  ],
  ['constraint-form', BRIDGED, { constraints: [['hostname', 'MAX_PER', 2]] }, '$.constraints[0]'],
  ['constraint-form', BRIDGED, { constraints: ['hostname:UNIQUE'] }, '$.constraints[0]'],
  ['constraint-operator', BRIDGED, { constraints: [['hostname', 'ONCE']] }, '$.constraints[0][1]'],
  ['constraint-value', BRIDGED, { constraints: [['hostname', 'UNIQUE', 'x']] }, '$.constraints[0][2]'],
  ['constraint-value', BRIDGED, { constraints: [['hostname', 'MAX_PER', 'two']] }, '$.constraints[0][2]'],
  ['constraint-value', BRIDGED, { constraints: [['rack', 'LIKE', '[1-']] }, '$.constraints[0][2]'],
  ['upgrade-range', BRIDGED, { 'upgradeStrategy.maximumOverCapacity': 2 }],
  [
    'upgrade-deadlock',
    BRIDGED,
    { upgradeStrategy: undefined, constraints: [['hostname', 'UNIQUE']] },
    '$.upgradeStrategy.minimumHealthCapacity',
  ],
  ['upgrade-of-state', STATEFUL, { 'upgradeStrategy.minimumHealthCapacity': 1 }],
  ['upgrade-of-state', STATEFUL, {
    'upgradeStrategy.maximumOverCapacity': undefined,
    'container.volumes': [{ ...VOLUME, mode: 'RW' }],
  }],
  ['single-instance', BRIDGED, {
    instances: 2,
    'labels.MARATHON_SINGLE_INSTANCE_APP': 'true',
    upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
  }],
  ['resident', STATEFUL, { unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 } }],
  ['resident', STATEFUL, { 'upgradeStrategy.maximumOverCapacity': 0.5, instances: 3 }],
  [
    'unreachable-order',
    BRIDGED,
    { unreachableStrategy: { inactiveAfterSeconds: 2, expungeAfterSeconds: 1 } },
    '$.unreachableStrategy.inactiveAfterSeconds',
  ],
  ['resource-range', BRIDGED, { cpus: 0 }],
  ['resource-range', BRIDGED, { mem: -1 }],
  ['mem-in-mib', BRIDGED, { mem: 268_435_456 }],
  ['limits-above-requests', BRIDGED, { resourceLimits: { mem: 64 } }, '$.resourceLimits.mem'],
  ['accepted-roles', BRIDGED, { acceptedResourceRoles: [] }],
  [
    'accepted-roles',
    BRIDGED,
    { acceptedResourceRoles: ['*', 'slave_public'], role: 'prod' },
    '$.acceptedResourceRoles[1]',
  ],
  ['docker-only', BRIDGED, { 'container.docker.privileged': true, 'container.type': 'MESOS' }],
  ['mesos-only', BRIDGED, { gpus: 1 }],
  ['mesos-only', BRIDGED, {
    'container.docker.pullConfig': { secret: 'pull' },
    secrets: { pull: { source: '/pull' } },
  }],
  ['docker-image', BRIDGED, { 'container.docker': undefined, cmd: 'sleep 100' }],
  [
    'volume-kind',
    BRIDGED,
    { 'container.volumes': [{ containerPath: '/x', mode: 'RO' }] },
    '$.container.volumes[0].hostPath',
  ],
  ['volume-mode', BRIDGED, { 'container.volumes': [{ ...VOLUME, mode: 'rw' }] }, '$.container.volumes[0].mode'],
  ['volume-mode', BRIDGED, { 'container.volumes': [{ ...VOLUME, mode: undefined }] }, '$.container.volumes[0].mode'],
  ['volume-persistent', STATEFUL, { 'container.volumes.0.containerPath': '/data/wallet' }],
  ['volume-persistent', STATEFUL, { 'container.volumes.0.persistent.size': 0 }],
  [
    'volume-external',
    STATEFUL,
    { 'container.volumes.1': { containerPath: '/x', mode: 'RW', external: { name: 'x' } } },
    '$.container.volumes[1].external.provider',
  ],
  ['secret-known', BRIDGED, { 'env.PASSWORD': { secret: 'db' } }, '$.env.PASSWORD.secret'],
];

for (const [index, [rule, base, edits, path]] of BROKEN.entries()) {
  test(`${rule} is what breaks, and nothing else: ${index}: ${Object.keys(edits)[0]}`, () => {
    const found = checkMarathon(edited(base, edits)).map((finding) => [finding.rule, finding.path]);
    assert.deepEqual(found, [[rule, path ?? toJsonPath(Object.keys(edits)[0]!)]]);
  });
}

test('the bases are well', () => {
  for (const base of [BRIDGED, ON_HOST, STATEFUL, GROUP]) assert.deepEqual(checkMarathon(base), []);
});

test('document: what is no app, no group and no list', () => {
  for (const json of [null, 3, 'app', true, [7]]) {
    assert.deepEqual(checkMarathon(json).map(({ rule, path }) => [rule, path]), [[
      'document',
      Array.isArray(json) ? '$[0]' : '$',
    ]]);
  }
});

test('dependency-cycle: each step on the way is told, through groups too', () => {
  const ofApps = edited(GROUP, { 'apps.0.dependencies': ['/shop/redis'], 'apps.1.dependencies': ['./web'] });
  const cycle = ['dependency-cycle', 'dependency-cycle'];
  assert.deepEqual(checkMarathon(ofApps).map(({ rule }) => rule), cycle);
  const ofGroup = edited(GROUP, { 'apps.0.dependencies': ['/shop/jobs'] });
  assert.deepEqual(checkMarathon(ofGroup).map(({ rule, path }) => [rule, path]), [
    ['dependency-cycle', '$.apps[0].dependencies[0]'],
    ['dependency-cycle', '$.groups[0].apps[0].dependencies[0]'],
  ]);
});

test('every rule has a vector, every vector a rule, and each of the 26 points a rule', () => {
  const names = RULES.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(new Set([...BROKEN.map(([rule]) => rule), 'document', 'dependency-cycle']), new Set(names));
  const points = new Set(RULES.flatMap(({ number }) => number ?? []));
  assert.deepEqual([...points].sort((a, b) => a - b), Array.from({ length: 26 }, (_, at) => at + 1));
});
