/** Names that hurt, and who names whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { named, one, orchestrate, outcomesOf, type Row } from '../../../testkit/orchestrated.ts';

const LONG = 'x'.repeat(300);

/** As long as Kubernetes has it. */
const CUT = 'x'.repeat(52);

const ROWS: readonly Row[] = [
  [
    'services that wait for each other',
    'services:\n  a: { image: a, depends_on: [b] }\n  b: { image: b, links: [a] }\n',
    'compose.yml, line 2: services depend on each other in a ring: a -> b -> a',
  ],
  [
    'a service that waits for itself',
    one('links: [one]'),
    'compose.yml, line 5: services depend on each other in a ring: one -> one',
  ],
  [
    'a dependency that is nowhere',
    one('depends_on: [two]'),
    'compose.yml, line 5: depends_on: one needs two, which is no service of these files',
  ],
  [
    'a dependency that is nowhere, and need not be',
    one('depends_on: { two: { condition: service_started, required: false } }'),
    {
      marathon: [],
      kubernetes: [
        'one: depends_on: pods begin in any order: what is missing is tried again, and a pod that ends is started again',
      ],
    },
  ],
  [`names that end paths of Marathon's own`, named('tasks', 'versions', 'restart'), {
    marathon: [
      `tasks: name: the app is called tasks-app: an id that ends with tasks is Marathon's own`,
      `versions: name: the app is called versions-app: an id that ends with versions is Marathon's own`,
      `restart: name: the app is called restart-app: an id that ends with restart is Marathon's own`,
    ],
    kubernetes: [],
  }],
  ['a name of dots', named('.'), {
    marathon: 'Cannot name the app of ".": an id has letters and digits, and this has none (compose.yml, line 2)',
    kubernetes: ['.: name: it is called x here: names are those of DNS'],
  }],
  ['a name that is empty', named("''"), {
    marathon: 'Cannot name the app of "": an id has letters and digits, and this has none (compose.yml, line 2)',
    kubernetes: [': name: it is called x here: names are those of DNS'],
  }],
  ['the name of a Service that every cluster has', named('kubernetes'), {
    marathon: [],
    kubernetes:
      'Cannot name kubernetes (compose.yml, line 2): in the namespace default the cluster has a Service kubernetes; give --namespace, or another name',
  }],
  ['a name that another has after a change', named('tasks', 'tasks-app'), {
    marathon:
      'Cannot name the apps of tasks and tasks-app: both become /room/tasks-app; rename one (compose.yml, line 3)',
    kubernetes: [],
  }],
  ['capitals, underscores and dots in names', named('My_App', 'DB.main'), {
    marathon: [
      'My_App: name: the app is called my-app: an id has no other characters',
      'DB.main: name: the app is called db-main: an id has no other characters',
    ],
    kubernetes: [
      'My_App: name: it is called my-app here: names are those of DNS',
      'DB.main: name: it is called db-main here: names are those of DNS',
    ],
  }],
  ['two names that are one with hyphens', named('a_b', 'a-b'), {
    marathon: 'Cannot name the apps of a_b and a-b: both become /room/a-b; rename one (compose.yml, line 3)',
    kubernetes:
      'Cannot name a-b (compose.yml, line 3): in Kubernetes it is a-b, and so is a_b (compose.yml, line 2); give one of them another name',
  }],
  ['two names that are one in small letters', named('Web', 'web'), {
    marathon: 'Cannot name the apps of Web and web: both become /room/web; rename one (compose.yml, line 3)',
    kubernetes:
      'Cannot name web (compose.yml, line 3): in Kubernetes it is web, and so is Web (compose.yml, line 2); give one of them another name',
  }],
  ['the same name twice', named('a', 'a'), 'compose.yml, line 3: Map keys must be unique'],
  ['numbers as names', named('1', '080', '1.5'), {
    marathon: ['1.5: name: the app is called 1-5: an id has no other characters'],
    kubernetes: [
      '1: name: it is called x-1 here: names are those of DNS',
      '080: name: it is called x-080 here: names are those of DNS',
      '1.5: name: it is called x-1-5 here: names are those of DNS',
    ],
  }],
  ['words of YAML as names', named('yes', 'on', 'null', 'true'), {
    marathon: [],
    kubernetes: [],
  }],
  ['names of what every object of JavaScript has', named('__proto__', 'constructor'), {
    marathon: ['__proto__: name: the app is called proto: an id has no other characters'],
    kubernetes: ['__proto__: name: it is called proto here: names are those of DNS'],
  }],
  ['a name without a Latin letter', named('ключ'), {
    marathon: 'Cannot name the app of "ключ": an id has letters and digits, and this has none (compose.yml, line 2)',
    kubernetes: ['ключ: name: it is called x here: names are those of DNS'],
  }],
  ['names with other letters besides', named('café', '💰1'), {
    marathon: [
      'café: name: the app is called caf: an id has no other characters',
      '💰1: name: the app is called 1: an id has no other characters',
    ],
    kubernetes: [
      'café: name: it is called caf here: names are those of DNS',
      '💰1: name: it is called x-1 here: names are those of DNS',
    ],
  }],
  ['a name of 300 letters', named(LONG), {
    marathon: [],
    kubernetes: [`${LONG}: name: it is called ${CUT} here: names are those of DNS`],
  }],
  [
    // By Mesos-DNS and by virtual addresses it is refused.
    'a name of 300 letters that others call',
    named(LONG, 'two').replace('two: {', `two: { environment: { URL: 'http://${LONG}' },`),
    {
      marathon: [],
      kubernetes: [
        `${LONG}: name: it is called ${CUT} here: names are those of DNS`,
        `two: environment: URL names ${LONG}, which is called ${CUT} here`,
      ],
    },
  ],
  ['two names of 300 letters, the last of which differs', named(`${LONG}1`, `${LONG}2`), {
    marathon: [],
    kubernetes:
      `Cannot name ${LONG}2 (compose.yml, line 3): in Kubernetes it is ${CUT}, and so is ${LONG}1 (compose.yml, line 2); give one of them another name`,
  }],
  ['a volume of 300 letters', `${one(`volumes: ['${LONG}:/data']`)}volumes: { ${LONG}: }\n`, {
    marathon: [],
    kubernetes: [],
  }],
];

for (const [what, text, outcome] of ROWS) {
  test(`${what}: good for both, or refused with its line`, async (t) => {
    const expected = typeof outcome === 'string' ? { marathon: outcome, kubernetes: outcome } : outcome;
    assert.deepEqual(outcomesOf(await orchestrate(t, text)), expected);
  });
}
