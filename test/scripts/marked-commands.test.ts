import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseMarkedCommands, parsePattern } from '../../scripts/lib/marked-commands.ts';

const text = [
  '# A chapter',
  '```sh node1 exit=3 expect="/a b/" within=30s retry=5s',
  'echo "a b"',
  'echo c',
  '```',
  '```sh',
  'only shown',
  '```',
  '````text',
  '```sh node1',
  'inside another fence',
  '```',
  '````',
  '```json keep=yes',
  '{}',
  '```',
  '```sh node1 node2',
  'hostname',
  '```',
  '```sh keep=/on/',
  'sleep 9',
  '```',
].join('\n');

test('marked commands are found with their place, their marks and their text', () => {
  assert.deepEqual(parseMarkedCommands(text), [
    {
      line: 2,
      words: ['node1'],
      marks: { exit: 3, expect: /a b/, retryMs: 5000, withinMs: 30_000 },
      command: 'echo "a b"\necho c',
    },
    { line: 17, words: ['node1', 'node2'], marks: { exit: 0, retryMs: 0 }, command: 'hostname' },
    { line: 20, words: [], marks: { exit: 0, retryMs: 0, keep: /on/ }, command: 'sleep 9' },
  ]);
});

test('a fence without end and marks that cannot be read are refused with their line', () => {
  assert.throws(() => parseMarkedCommands('\n```sh x\necho'), {
    name: 'SyntaxError',
    message: 'line 2: the fence does not end',
  });
  assert.throws(() => parseMarkedCommands('```sh expect="/a\n```'), {
    name: 'SyntaxError',
    message: 'line 1: cannot read the marks "=\\"/"',
  });
});

test('a mark that is unknown, wrong, there twice, or does not go with another is refused with its line', () => {
  const wrong = {
    'wihtin=30s': 'a mark is one of exit, expect, until, keep, retry, within; got wihtin',
    'node1 expct="/a/"': 'a mark is one of exit, expect, until, keep, retry, within; got expct',
    'expect="/(/"': 'Invalid regular expression: /(/: Unterminated group',
    'expect=ok': 'A pattern stands between slashes; got "ok"',
    'within=30': 'A time is a number with ms, s, m or h; got "30"',
    'exit=one': 'exit is a number from 0 to 255; got "one"',
    'exit=0 exit=1': 'the mark exit stands there twice',
    'until="/a/" expect="/b/"': 'until goes with within only; got expect',
    'keep="/a/" within=1s until="/b/"': 'until goes with within only; got keep',
  };
  for (const [marks, message] of Object.entries(wrong)) {
    assert.throws(() => parseMarkedCommands(`\n\n\`\`\`sh ${marks}\ntrue\n\`\`\``), {
      name: 'SyntaxError',
      message: `line 3: ${message}`,
    });
  }
});

test('durations and patterns are read, others refused', () => {
  assert.deepEqual(['500ms', '30s', '5m', '1h'].map(parseDuration), [500, 30_000, 300_000, 3_600_000]);
  assert.throws(() => parseDuration('30'), { message: 'A time is a number with ms, s, m or h; got "30"' });
  assert.deepEqual(parsePattern('/a.b/i'), /a.b/i);
  assert.throws(() => parsePattern('a'), { message: 'A pattern stands between slashes; got "a"' });
});
