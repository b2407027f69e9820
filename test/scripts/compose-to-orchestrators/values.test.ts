/** Values that YAML, Compose or an orchestrator may take for something else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromKubernetes } from '../../../testkit/kubernetes-objects.ts';
import { one, orchestrate, outcomesOf, type Row } from '../../../testkit/orchestrated.ts';

const ROWS: readonly Row[] = [
  ['variables without a value', one('environment: { A: , B: ~, C: null }'), {
    marathon: [
      'one: environment: A has no value, and an agent has none for it',
      'one: environment: B has no value, and an agent has none for it',
      'one: environment: C has no value, and an agent has none for it',
    ],
    kubernetes: [
      'one: environment: A has no value here, so it is not set',
      'one: environment: B has no value here, so it is not set',
      'one: environment: C has no value here, so it is not set',
    ],
  }],
  [
    'a variable that is a list',
    one('environment: { A: [1] }'),
    'compose.yml, line 5: environment.A is a text; got a list',
  ],
  [
    'a variable without a name',
    one("environment: { '': x }"),
    'compose.yml, line 5: a variable has a name without =; got ""',
  ],
  [
    'a variable with = in its name',
    one("environment: { 'A=B': x }"),
    'compose.yml, line 5: a variable has a name without =; got "A=B"',
  ],
  ['a variable with a blank in its name', one("environment: { 'A B': x }"), {
    marathon: [],
    kubernetes:
      'Cannot give one the variable "A B" (compose.yml, line 5): in Kubernetes a name has letters, digits, _, - and ., and begins with no digit',
  }],
  [
    'a variable with a character 0',
    one('environment: { A: "a\\0b" }'),
    'compose.yml, line 5: environment.A has a character 0, which no variable can have',
  ],
  [
    'a $ before nothing',
    one("environment: { A: '$' }"),
    'compose.yml, line 5: "$" has a $ before no name; a $ itself is $$',
  ],
  [
    'a brace that is not closed',
    one(`environment: { A: '$\{NOPE' }`),
    'compose.yml, line 5: "${NOPE" has a ${ that is not closed',
  ],
  [
    'a variable that has to be set',
    one(`environment: { A: '$\{NOPE:?say it}' }`),
    'compose.yml, line 5: NOPE has to be set: say it',
  ],
  [
    'an image with capitals',
    `services:\n  one: { image: 'MyImage:1' }\n`,
    'compose.yml, line 2: an image is such as redis:7.4.2 or registry:5000/team/app:1, in small letters; got "MyImage:1"',
  ],
  ['a registry with capitals', one('').replace('a:1', 'Registry.Example.ORG:5000/a:1'), {
    marathon: [],
    kubernetes: [],
  }],
  [
    'an image that is empty, as an unset variable leaves it',
    'services:\n  one: { image: $NOPE }\n',
    'compose.yml, line 2: the service one has neither an image nor a build',
  ],
  [
    'a URL as an image',
    `services:\n  one: { image: 'http://example.org/a:1' }\n`,
    'compose.yml, line 2: an image is such as redis:7.4.2 or registry:5000/team/app:1, in small letters; got "http://example.org/a:1"',
  ],
  [
    'a volume that nobody has declared',
    one("volumes: ['data:/data']"),
    'compose.yml, line 5: one mounts data, which is not among the volumes of these files',
  ],
  [
    'two volumes in one place',
    `${one("volumes: ['a:/data', 'b:/data']")}volumes: { a: , b: }\n`,
    'compose.yml, line 5: two volumes cannot be in one place, /data',
  ],
  ['copies of what has a volume', `${one("volumes: ['a:/data']\nscale: 3")}volumes: { a: }\n`, {
    marathon:
      'Cannot run 3 instances of one: each would have a volume of its own, and none the data of all (compose.yml, line 3)',
    kubernetes: ['one: volumes: a: each of the 3 has a claim of its own'],
  }],
  [
    'a command with an open quote',
    one('command: "a \'b"'),
    'compose.yml, line 5: command has a quote that is not closed',
  ],
  [
    'a key with a slip of the hand',
    one('port: [80]'),
    'compose.yml, line 5: a service has no port, as one has here; is ports meant?',
  ],
  [
    'an anchor with itself in it',
    'services: &all\n  one: *all\n',
    'compose.yml, line 2: what has the anchor all has itself in it',
  ],
  ['a tab', 'services:\n\tone: {}\n', 'compose.yml, line 2: Tabs are not allowed as indentation'],
  [
    'a service of nothing',
    'services:\n  one:\n',
    'compose.yml, line 2: the service one is a mapping, such as image: …',
  ],
];

for (const [what, text, outcome] of ROWS) {
  test(`${what}: good for both, or refused with its line`, async (t) => {
    const expected = typeof outcome === 'string' ? { marathon: outcome, kubernetes: outcome } : outcome;
    assert.deepEqual(outcomesOf(await orchestrate(t, text)), expected);
  });
}

/** What is written, and what the program gets. */
const VALUES: readonly (readonly [written: string, value: string])[] = [
  ...[['on', 'on'], ['yes', 'yes'], ['No', 'No'], ['off', 'off'], ['true', 'true'], ['"null"', 'null']] as const,
  ...[['010', '010'], ['1_000', '1_000'], ['0x10', '16'], ['1.10', '1.1'], ['1e3', '1000']] as const,
  ...[['12345678901234567890', '12345678901234567890'], ['2026-01-31', '2026-01-31'], ['22:22', '22:22']] as const,
  ...[['$$HOME', '$HOME'], ["'$${X}'", '${X}'], ['a$$$$b', 'a$$b'], ['$$(date)', '$(date)'], ['${NOPE}', '']] as const,
  ...[["''", ''], ['"two\\nlines"', 'two\nlines'], ['💰', '💰'], ["' x '", ' x '], ["'a: b # c'", 'a: b # c']] as const,
];

test('a variable is the text that Compose would give the program, whatever it looks like', async (t) => {
  const lines = VALUES.map(([written], at) => `  V${at}: ${written}`).join('\n');
  const { marathon, kubernetes } = await orchestrate(t, one(`environment:\n${lines}`));
  assert.ok(typeof marathon !== 'string' && typeof kubernetes !== 'string');
  const values = VALUES.map(([, value]) => value);
  assert.deepEqual(Object.values(marathon.group.apps[0]!.env), values);
  // Kubernetes takes $(NAME) for a variable, and $$ for a $.
  const given = fromKubernetes(kubernetes.objects).container('one').env!.map(({ value }) => value);
  assert.deepEqual(given.filter((value) => /(?<!\$)(\$\$)*\$\(/.test(value)), []);
  assert.deepEqual(given.map((value) => value.replaceAll('$$', () => '$')), values);
});

test('names of variables that YAML 1.1, or JavaScript, takes for something else are texts', async (t) => {
  const { marathon, kubernetes } = await orchestrate(
    t,
    one('environment: { on: 1, yes: no, __proto__: x, constructor: y }'),
  );
  assert.ok(typeof marathon !== 'string' && typeof kubernetes !== 'string');
  const entries = [['on', '1'], ['yes', 'no'], ['__proto__', 'x'], ['constructor', 'y']];
  assert.deepEqual(Object.entries(marathon.group.apps[0]!.env), entries);
  const { env } = fromKubernetes(kubernetes.objects).container('one');
  assert.deepEqual(env!.map(({ name, value }) => [name, value]), entries);
});
