/** Variables in a text, as Compose replaces them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interpolate } from '../../../../scripts/lib/compose-model/interpolate.ts';

const VARIABLES = { A: 'a', EMPTY: '', NOTHING: undefined };

const TEXTS = {
  '$A-${A}': 'a-a',
  '$$A': '$A',
  '${B-x}${B:-y}': 'xy',
  '${EMPTY-x}|${EMPTY:-y}': '|y',
  '${NOTHING:-z}': 'z',
  '${A:+there}${B:+there}': 'there',
  '${EMPTY+there}${EMPTY:+no}': 'there',
  '${B:-${A}}': 'a',
  '${B:-${C:-deep}}': 'deep',
  '${B:-x${A:-y}z}': 'xaz',
  '${B:-http://a:80/}': 'http://a:80/',
  '${A:?is needed}': 'a',
  'cost: 5 $$': 'cost: 5 $',
  '$A.$A': 'a.a',
};

for (const [text, result] of Object.entries(TEXTS)) {
  test(`${text} is ${JSON.stringify(result)}`, () => {
    assert.deepEqual(interpolate(text, VARIABLES), { text: result, unset: [] });
  });
}

test('a variable without a value is empty, and told once', () => {
  assert.deepEqual(interpolate('[$B${C}$B]', VARIABLES), { text: '[]', unset: ['B', 'C'] });
});

test('what an object has anyway is no variable', () => {
  assert.deepEqual(interpolate('${constructor:-none}', {}), { text: 'none', unset: [] });
});

const REFUSED = {
  '${A': /not closed/,
  '${B:-${A}': /not closed/,
  '${1}': /is no variable/,
  '${A!b}': /is no variable/,
  '5 $ a': /a \$ itself is \$\$/,
  '${B:?say which}': /^SyntaxError: B has to be set: say which$/,
  '${B?}': /^SyntaxError: B has to be set$/,
};

for (const [text, error] of Object.entries(REFUSED)) {
  test(`${text} is refused`, () => assert.throws(() => interpolate(text, VARIABLES), error));
}
