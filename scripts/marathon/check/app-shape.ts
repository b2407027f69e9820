/**
 * The fields of apps and groups: Marathon's RAML types of 1.11 (docs/docs/rest-api/public/api/v2/types/), with what its JSON
 * Schema of 2018 knows besides. `any` is where a rule of its own looks.
 */
import { MODES } from './mode.ts';
import type { Shape } from './shape.ts';

const ANY: Shape = { kind: 'any' };
const TEXT: Shape = { kind: 'text' };
const FLAG: Shape = { kind: 'flag' };
const NUMBER: Shape = { kind: 'number' };
const PORT: Shape = { kind: 'number', isWhole: true, least: 0, most: 65_535 };
const COUNT: Shape = { kind: 'number', isWhole: true, least: 0 };
const FULL: Shape = { kind: 'text', form: /[^]/, words: 'a text that is not empty' };
const SCHEME: Shape = { kind: 'text', oneOf: ['HTTP', 'HTTPS'] };

/** The rule label-texts looks into them. */
const LABELS: Shape = { kind: 'map', of: ANY };

const NAME: Shape = {
  kind: 'text',
  form: /^(?=.{1,63}$)[a-z0-9]([-a-z0-9_]*[a-z0-9])?$/,
  words: 'a name of at most 63 of a-z, 0-9, - and _, with a letter or a digit at both ends',
};

const DATE: Shape = {
  kind: 'text',
  form: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/,
  words: 'a time such as 2026-01-31T12:00:00.000Z, or leave it out',
};

const URI: Shape = { kind: 'text', form: /^\S{1,1024}$/, words: 'a URI without blanks, of at most 1024 characters' };

function listOf(of: Shape): Shape {
  return { kind: 'list', of };
}

function objectOf(fields: Readonly<Record<string, Shape>>, needs: readonly string[] = []): Shape {
  return { kind: 'object', fields, needs };
}

const MAPPINGS = listOf(objectOf({
  ...{ containerPort: PORT, hostPort: PORT, servicePort: PORT, labels: LABELS, name: TEXT, protocol: TEXT },
  networkNames: listOf(NAME),
}));

const VOLUME = objectOf({
  ...{ containerPath: FULL, hostPath: FULL, mode: TEXT, secret: FULL },
  persistent: objectOf({
    ...{ type: { kind: 'text', oneOf: ['root', 'path', 'mount'] }, size: COUNT, maxSize: COUNT, profileName: FULL },
    constraints: listOf(listOf(TEXT)),
  }, ['size']),
  external: objectOf({ size: COUNT, name: TEXT, provider: TEXT, shared: FLAG, options: { kind: 'map', of: ANY } }),
}, ['containerPath']);

const DOCKER = objectOf({
  ...{ image: FULL, forcePullImage: FLAG, privileged: FLAG, portMappings: MAPPINGS },
  credential: objectOf({ principal: TEXT, secret: TEXT }, ['principal']),
  pullConfig: objectOf({ secret: FULL }, ['secret']),
  network: { kind: 'text', oneOf: ['BRIDGE', 'HOST', 'NONE', 'USER'] },
  parameters: listOf(objectOf({ key: FULL, value: TEXT }, ['key', 'value'])),
}, ['image']);

const CONTAINER = objectOf({
  ...{ docker: DOCKER, portMappings: MAPPINGS, volumes: listOf(VOLUME) },
  type: { kind: 'text', oneOf: ['DOCKER', 'MESOS'] },
  linuxInfo: { kind: 'map', of: ANY },
});

const HEALTH_CHECK = objectOf({
  protocol: { kind: 'text', oneOf: ['MESOS_HTTP', 'MESOS_HTTPS', 'MESOS_TCP', 'COMMAND', 'HTTP', 'HTTPS', 'TCP'] },
  command: objectOf({ value: TEXT }, ['value']),
  ...{ gracePeriodSeconds: COUNT, intervalSeconds: COUNT, timeoutSeconds: COUNT, delaySeconds: COUNT },
  ...{ maxConsecutiveFailures: COUNT, path: TEXT, port: PORT, portIndex: PORT, ignoreHttp1xx: FLAG },
  ipProtocol: { kind: 'text', oneOf: ['IPv4', 'IPv6'] },
});

const CHECK = objectOf({
  http: objectOf({ portIndex: PORT, port: PORT, path: FULL, scheme: SCHEME }),
  tcp: objectOf({ portIndex: PORT, port: PORT }),
  exec: objectOf({ command: objectOf({ shell: FULL, argv: listOf(TEXT) }) }, ['command']),
  ...{ intervalSeconds: COUNT, timeoutSeconds: COUNT, delaySeconds: COUNT },
});

const READINESS_CHECK = objectOf({
  ...{ name: FULL, protocol: SCHEME, path: FULL, portName: TEXT, intervalSeconds: COUNT, timeoutSeconds: NUMBER },
  httpStatusCodesForReady: listOf({ kind: 'number', isWhole: true, least: 100, most: 999 }),
  preserveLastResponse: FLAG,
});

const LIMIT: Shape = { kind: 'either', of: [NUMBER, { kind: 'text', oneOf: ['unlimited'] }] };

export const APP: Shape = objectOf({
  ...{ id: TEXT, cmd: TEXT, args: listOf(TEXT), user: TEXT, tty: FLAG, role: FULL, instances: COUNT },
  ...{ cpus: NUMBER, mem: NUMBER, disk: NUMBER, gpus: NUMBER, container: CONTAINER },
  resourceLimits: objectOf({ cpus: LIMIT, mem: LIMIT }),
  executorResources: objectOf({ cpus: NUMBER, mem: NUMBER, disk: NUMBER }),
  executor: { kind: 'text', form: /^(\/\/cmd|\/?[^/]+(\/[^/]+)*)?$/, words: 'leave it out, or //cmd, or a path' },
  ...{ env: { kind: 'map', of: ANY }, labels: LABELS, acceptedResourceRoles: listOf(TEXT) },
  constraints: listOf(ANY),
  dependencies: listOf(TEXT),
  ...{ healthChecks: listOf(HEALTH_CHECK), readinessChecks: listOf(READINESS_CHECK), check: CHECK },
  networks: listOf(objectOf({ name: NAME, mode: { kind: 'text', oneOf: MODES }, labels: LABELS })),
  portDefinitions: listOf(objectOf({ port: PORT, labels: LABELS, name: TEXT, protocol: TEXT })),
  requirePorts: FLAG,
  fetch: listOf(objectOf({ uri: URI, executable: FLAG, extract: FLAG, cache: FLAG, destPath: FULL }, ['uri'])),
  secrets: { kind: 'map', of: objectOf({ source: FULL }, ['source']) },
  upgradeStrategy: objectOf({ maximumOverCapacity: NUMBER, minimumHealthCapacity: NUMBER }),
  unreachableStrategy: {
    kind: 'either',
    of: [{ kind: 'text', oneOf: ['disabled'] }, objectOf({ inactiveAfterSeconds: COUNT, expungeAfterSeconds: COUNT })],
  },
  killSelection: { kind: 'text', oneOf: ['YOUNGEST_FIRST', 'OLDEST_FIRST'] },
  backoffFactor: { kind: 'number', least: 1 },
  ...{ backoffSeconds: COUNT, maxLaunchDelaySeconds: COUNT, taskKillGracePeriodSeconds: COUNT },
  ...{ version: DATE, versionInfo: objectOf({ lastScalingAt: DATE, lastConfigChangeAt: DATE }) },
  // Older than networks, portDefinitions and fetch.
  ipAddress: objectOf({
    discovery: objectOf({
      ports: listOf(objectOf({ number: PORT, name: TEXT, protocol: TEXT, labels: LABELS })),
    }),
    ...{ groups: listOf(TEXT), labels: LABELS, networkName: FULL },
  }),
  ...{ ports: listOf(PORT), uris: listOf(URI) },
  residency: objectOf({
    relaunchEscalationTimeoutSeconds: COUNT,
    taskLostBehavior: { kind: 'text', oneOf: ['WAIT_FOREVER', 'RELAUNCH_AFTER_TIMEOUT'] },
  }),
}, ['id']);

/** Apps and groups below are looked at one by one. */
const BELOW: Shape = listOf({ kind: 'map', of: ANY });

export const GROUP: Shape = objectOf({
  ...{ id: TEXT, apps: BELOW, groups: BELOW, dependencies: listOf(TEXT) },
  ...{ version: DATE, enforceRole: FLAG, scaleBy: { kind: 'number', least: 0 } },
}, ['id']);
