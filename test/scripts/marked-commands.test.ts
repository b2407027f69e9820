import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseMarkedCommands, parsePattern } from '../../scripts/lib/marked-commands.ts';

const text = [
  '# A chapter',
  '```sh node1 exit=0 expect="/a b/" within=30s',
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
].join('\n');

test('marked commands are found with their place, their marks and their text', () => {
  assert.deepEqual(parseMarkedCommands(text), [{
    line: 2,
    words: ['node1'],
    marks: new Map([['exit', '0'], ['expect', '/a b/'], ['within', '30s']]),
    command: 'echo "a b"\necho c',
  }]);
});

test('a fence without end and marks that make no sense are refused with their line', () => {
  assert.throws(() => parseMarkedCommands('\n```sh x\necho'), {
    name: 'SyntaxError',
    message: 'line 2: the fence does not end',
  });
  assert.throws(() => parseMarkedCommands('```sh expect="/a\n```'), {
    name: 'SyntaxError',
    message: 'line 1: cannot read the marks "=\\"/"',
  });
});

test('durations and patterns are read, others refused', () => {
  assert.deepEqual(['500ms', '30s', '5m', '1h'].map(parseDuration), [500, 30_000, 300_000, 3_600_000]);
  assert.throws(() => parseDuration('30'), { message: 'A time is a number with ms, s, m or h; got "30"' });
  assert.deepEqual(parsePattern('/a.b/i'), /a.b/i);
  assert.throws(() => parsePattern('a'), { message: 'A pattern stands between slashes; got "a"' });
});
