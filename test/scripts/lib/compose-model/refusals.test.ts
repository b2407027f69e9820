/** Compose files that cannot be read: which place, and why. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusal } from '../../../../testkit/compose-texts.ts';

const REFUSED: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'no YAML': ['services:\n  a: [\n', /^compose\.yml, line \d: /],
  'a list': ['- a\n', /^compose\.yml, line 1: a Compose file is a mapping/],
  'a service that is a text': ['services:\n  a: b\n', /^compose\.yml, line 2: the service a is a mapping/],
  'a key with a slip': [
    'services:\n  a:\n    image: b\n    enviroment: {}\n',
    /^compose\.yml, line 4: .*; is environment meant\?$/,
  ],
  'neither image nor build': ['services:\n  a:\n    command: x\n', /^compose\.yml, line 3: the service a has neither/],
  'a dependency that is not there': [
    'services:\n  a:\n    image: b\n    depends_on:\n    - c\n',
    /^compose\.yml, line \d: depends_on: a needs c, which is no service/,
  ],
  'a ring': [
    'services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, links: [a] }\n',
    /^compose\.yml, line 2: services depend on each other in a ring: a -> b -> a$/,
  ],
  'a volume that nobody declares': [
    'services:\n  a:\n    image: x\n    volumes:\n    - data:/data\n',
    /^compose\.yml, line 5: a mounts data, which is not among the volumes/,
  ],
  'a time': [
    'services:\n  a:\n    image: x\n    stop_grace_period: soon\n',
    /^compose\.yml, line 4: stop_grace_period is a time .*"soon"$/,
  ],
  'a size': ['services:\n  a:\n    image: x\n    mem_limit: much\n', /^compose\.yml, line 4: mem_limit is a size/],
  'a boolean': [
    'services:\n  a:\n    image: x\n    read_only: maybe\n',
    /^compose\.yml, line 4: read_only is true or false/,
  ],
  'a variable that is not closed': ['services:\n  a:\n    image: ${x\n', /^compose\.yml, line 3: .*not closed$/],
  'a variable that has to be set': [
    'services:\n  a:\n    image: ${x:?which one}\n',
    /^compose\.yml, line 3: x has to be set: which one$/,
  ],
  'an anchor that nothing has': ['services:\n  a: *none\n', /^compose\.yml, line 2: .*none/],
  'a key twice': ['services:\n  a: { image: x }\n  a: { image: y }\n', /^compose\.yml, line 3: /],
  'no services': ['version: "3"\n', /compose\.yml: there is no service$/],
};

for (const [what, [text, message]] of Object.entries(REFUSED)) {
  test(`${what} is refused, with file and line`, async (t) => {
    assert.match(await refusal(t, { 'compose.yml': text }), message);
  });
}

test('aliases of aliases end at a limit', async (t) => {
  const lines = ['x-a: &a [b, b, b, b, b, b, b, b, b, b]'];
  for (let at = 1; at < 9; at++) {
    lines.push(`x-${at}: &${'abcdefghi'[at]} [${Array(10).fill(`*${'abcdefghi'[at - 1]}`).join(', ')}]`);
  }
  assert.match(
    await refusal(t, { 'compose.yml': `${lines.join('\n')}\nservices: { one: { image: a } }` }),
    /at most 100000 values/,
  );
});
