/** Objects as text: what was text is text again, whoever reads it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { parseObjects, toYaml } from '../../../scripts/kubernetes/yaml.ts';

/** What YAML 1.1 or 1.2, or a reader of its own mind, takes for something else. */
const TRAPS = [
  ...['on', 'Off', 'YES', 'no', 'y', 'N', 'true', 'null', '~', '', ' ', 'nan', '.inf', '-.INF', '=', '<<'],
  ...['1', '-1', '+1', '1.5', '1e3', '0x1f', '0o17', '017', '0b1', '1_000', '1:30', '190:20:30.15', '2001-01-01'],
  ...['a: b', 'a #b', '# b', '- a', '? a', '&a', '*a', '!a', '%a', '@a', '`a', '{}', '[]', 'a:', ' a', 'a ', "'", '"'],
  ...[
    'two\nlines',
    'tab\there',
    '\u0000',
    '\u2028',
    'é',
    '💰',
    '---',
    '...',
    '|',
    '>',
    '\\',
    `${'long '.repeat(60)}end`,
  ],
];

test('every text is text again, as a value and as a key, in YAML 1.1 and 1.2', () => {
  const object = { values: TRAPS, keys: Object.fromEntries(TRAPS.map((text) => [text, text])) };
  const yaml = toYaml([object]);
  for (const version of ['1.1', '1.2'] as const) {
    const [document] = parseAllDocuments(yaml, { version });
    assert.deepEqual(document!.toJS(), object, version);
  }
});

test('what is no text has no quotes, and what may be plain is', () => {
  assert.equal(
    toYaml([{ name: 'rng', port: 80, isOn: true, on: 'on', path: '/readyz' }, { image: 'example.org/a:1' }]),
    '---\nname: rng\nport: 80\nisOn: true\n"on": "on"\npath: /readyz\n---\nimage: example.org/a:1\n',
  );
});

test('the same part twice is written twice', () => {
  const labels = { app: 'x' };
  assert.equal(toYaml([{ a: labels, b: labels }]), '---\na:\n  app: x\nb:\n  app: x\n');
});

test('objects are read from a stream, a List and JSON; what is empty is none', () => {
  assert.deepEqual(parseObjects('---\n---\na: 1\n---\n# nothing\n---\nb: on\n', 'x'), [{ a: 1 }, { b: true }]);
  assert.deepEqual(parseObjects('{"kind":"List","items":[{"a":1},{"kind":"PodList","items":[{"b":2}]}]}', 'x'), [
    ...[{ a: 1 }, { b: 2 }],
  ]);
  assert.deepEqual(parseObjects('', 'x'), []);
  assert.throws(() => parseObjects('a: [', 'coinroom.yml'), /^SyntaxError: Cannot read coinroom\.yml: /);
});
