/** Whatever JSON it is: findings, the same each time, and no error. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMarathon } from '../../../../scripts/marathon/check/check.ts';
import { parseJson } from '../../../../scripts/marathon/check/parse-json.ts';

/** mulberry32: from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const GROUP = {
  id: '/shop',
  apps: [{
    ...{ id: '/shop/web', instances: 2, cpus: 0.5, mem: 128, networks: [{ mode: 'container/bridge', labels: {} }] },
    container: {
      ...{ type: 'DOCKER', docker: { image: 'a', parameters: [{ key: 'a', value: 'b' }] } },
      portMappings: [{
        containerPort: 80,
        hostPort: 0,
        servicePort: 10_001,
        name: 'http',
        protocol: 'tcp',
        labels: {},
      }],
      volumes: [{ containerPath: 'x', persistent: { size: 1, constraints: [['path', 'LIKE', '.']] }, mode: 'RW' }],
    },
    ...{ env: { PORT: '80', SECRET: { secret: 's' } }, secrets: { s: { source: '/s' } }, labels: { A: 'b' } },
    healthChecks: [{ protocol: 'MESOS_HTTP', path: '/', portIndex: 0, command: { value: 'x' } }],
    readinessChecks: [{ portName: 'http' }],
    check: { exec: { command: { shell: 'x' } } },
    ...{ upgradeStrategy: { minimumHealthCapacity: 0.5 }, unreachableStrategy: { inactiveAfterSeconds: 0 } },
    ...{ constraints: [['hostname', 'UNIQUE']], dependencies: ['/shop/jobs'], acceptedResourceRoles: ['*'] },
    ...{ resourceLimits: { cpus: 1 }, fetch: [{ uri: 'x' }], ipAddress: { discovery: { ports: [{ name: 'a' }] } } },
  }],
  groups: [{ id: 'jobs', apps: [{ id: 'job', cmd: 'ls', portDefinitions: [{ port: 1 }] }], dependencies: ['/db'] }],
};

/** Names that mean something here, and such that objects have by themselves. */
const KEYS = [
  ...[
    'id',
    'apps',
    'groups',
    'app',
    'cmd',
    'args',
    'container',
    'docker',
    'network',
    'networks',
    'portMappings',
    'mode',
  ],
  ...[
    'env',
    'labels',
    'healthChecks',
    'constraints',
    'dependencies',
    'volumes',
    'protocol',
    '__proto__',
    'constructor',
    '',
  ],
];

const SCALARS = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 65_536, '', '/', '..', '/a', 'constructor', '__proto__', 'toString'],
  ...['HTTP', 'UNIQUE', '(', '\u0000', '\ud800', 'x'.repeat(500), '/shop', '/shop/web', '$PORT', 'container', '😀'],
];

function randomJson(random: () => number, depth = 0): unknown {
  const kind = random();
  if (depth > 4 || kind < 0.4) return SCALARS[Math.floor(random() * SCALARS.length)];
  const inside = Array.from({ length: Math.floor(random() * 4) }, () => randomJson(random, depth + 1));
  if (kind < 0.65) return inside;
  const key = (): string => KEYS[Math.floor(random() * KEYS.length)]!;
  // As JSON.parse has it, __proto__ is a key as any other.
  return JSON.parse(`{${inside.map((one) => `${JSON.stringify(key())}: ${JSON.stringify(one)}`).join(', ')}}`);
}

/** A few values of the group are others, are gone, or stand elsewhere too. */
function mutate(random: () => number): unknown {
  const copy = structuredClone(GROUP);
  const change = (value: unknown): unknown => {
    if (random() < 0.06) return random() < 0.5 ? randomJson(random, 3) : SCALARS[Math.floor(random() * SCALARS.length)];
    if (Array.isArray(value)) {
      return value.flatMap((one) => random() < 0.05 ? [] : [change(one), ...(random() < 0.05 ? [one] : [])]);
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, one]) => random() < 0.04 ? [] : [[key, change(one)]]),
    );
  };
  return change(copy);
}

test('2000 documents by chance, and 2000 changes of a group: no error, and twice the same', () => {
  const rules = new Set<string>();
  for (let seed = 0; seed < 2000; seed++) {
    for (const make of [randomJson, mutate]) {
      const json = make(randomFrom(seed));
      const text = JSON.stringify(json);
      const first = checkMarathon(json);
      assert.equal(JSON.stringify(json), text, 'the document is as it was');
      assert.deepEqual(checkMarathon(JSON.parse(text)), first, text);
      for (const finding of first) {
        assert.deepEqual(Object.keys(finding), ['rule', 'path', 'found', 'fix']);
        assert.ok(finding.path.startsWith('$') && finding.found !== '' && finding.fix !== '', JSON.stringify(finding));
        assert.ok(Object.values(finding).every((one) => typeof one === 'string' && !one.includes('\n')));
        rules.add(finding.rule);
      }
    }
  }
  assert.ok(rules.size > 50, `${rules.size} rules have found something`);
});

test('groups as deep, and lists as long, as a text can be: no error', () => {
  const depth = 50_000;
  const deep = JSON.parse(`${'{"id": "a", "groups": ['.repeat(depth)}${']}'.repeat(depth)}`);
  assert.ok(checkMarathon(deep).some(({ rule, found }) => rule === 'document' && found === 'level 101'));
  const brackets = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
  assert.deepEqual(checkMarathon(brackets).map(({ found }) => found), ['a list of 1']);
  const constraint = { id: '/a', cmd: 'ls', portDefinitions: [], constraints: [brackets], env: { A: brackets } };
  assert.deepEqual(checkMarathon(constraint).map(({ rule }) => rule), ['constraint-form', 'env-texts']);
  const long = Array.from({ length: 130_000 }, () => ({ id: '/a', cmd: 'ls', portDefinitions: [] }));
  assert.equal(checkMarathon({ id: '/', apps: long }).length, long.length - 1);
});

test('a text that JSON.parse refuses has a place, and what it takes has none', () => {
  const whole = JSON.stringify(GROUP, null, 2);
  for (let seed = 0; seed < 2000; seed++) {
    const random = randomFrom(seed);
    const at = Math.floor(random() * whole.length);
    const text = whole.slice(0, at) + '{}[]",:\\x0-.e\n'[Math.floor(random() * 14)] +
      whole.slice(at + Math.floor(random() * 3));
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    if (isJson) assert.ok(parseJson(text, 'x'));
    else {assert.throws(() =>
        parseJson(text, 'x'), /^SyntaxError: Cannot read x: line \d+, column \d+: .+ is expected; got .+$/);}
  }
});
