/** `check` as it is typed: what it reads, what it says, and how it ends. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test, type TestContext } from 'node:test';
import { parseJson } from '../../../../scripts/marathon/check/parse-json.ts';
import { check } from '../../../../scripts/marathon/check-verb.ts';
import { temporaryFolder } from '../../../../testkit/machine.ts';

const WELL = '{"id": "/job", "cmd": "sleep 9", "portDefinitions": []}';
const WRONG = '{"id": "/job", "cmd": "w", "env": {"A": 1}, "portDefinitions": []}';

async function runCheck(t: TestContext, args: readonly string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const original = process.stdout.write.bind(process.stdout);
  const write = t.mock.method(process.stdout, 'write', (text: string | Uint8Array) => {
    // What is no text is of the test runner, which reports there.
    if (typeof text !== 'string') return original(text);
    said += text;
    return true;
  });
  const code = await check(args, new AbortController().signal);
  write.mock.restore();
  return { code, said };
}

test('check ends with 0 when nothing is wrong, with 1 and a table when something is', async (t) => {
  const folder = await temporaryFolder(t);
  const [well, wrong] = [join(folder, 'well.json'), join(folder, 'wrong.json')];
  await writeFile(well, `\uFEFF${WELL}`);
  await writeFile(wrong, WRONG);
  assert.deepEqual(await runCheck(t, [well]), { code: 0, said: `${well}: nothing is wrong\n` });
  const { code, said } = await runCheck(t, [wrong]);
  assert.equal(code, 1);
  assert.deepEqual(said.split('\n'), [
    'rule        path     what is there  what to write',
    'cmd-length  $.cmd    "w"            "exec w": Marathon refuses one character',
    'env-texts   $.env.A  1              "1"',
    '',
    `${wrong}: 2 findings`,
    '',
  ]);
});

test('check - reads stdin; --json is the findings; --except passes over a rule', async (t) => {
  t.mock.getter(process, 'stdin', () => Readable.from([WRONG.slice(0, 9), WRONG.slice(9)]));
  const { code, said } = await runCheck(t, ['-', '--json', '--except', 'cmd-length']);
  assert.equal(code, 1);
  assert.deepEqual(JSON.parse(said), [{ rule: 'env-texts', path: '$.env.A', found: '1', fix: '"1"' }]);
  assert.equal((await runCheck(t, ['-', '--except', 'cmd-length', '--except', 'env-texts'])).code, 0);
});

test('check refuses what it cannot read, as wrong usage', async (t) => {
  const file = join(await temporaryFolder(t), 'bad.json');
  await writeFile(file, '{\n  "id": "/a",\n}\n');
  const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[file], /^Cannot read \S+bad\.json: line 3, column 1: a name in double quotes is expected; got "}"$/],
    [['/nowhere/app.json'], /^Cannot read \/nowhere\/app\.json: ENOENT/],
    [[], /^check takes a file, or - for stdin; got \[\]$/],
    [['a', 'b'], /^check takes a file, or - for stdin; got \["a","b"\]$/],
    [[file, '--except', 'all'], /^--except must be a rule: document, kind-of-value, .*; got "all"$/],
  ];
  for (const [args, message] of refused) {
    await assert.rejects(
      runCheck(t, args),
      (error: Error) => error.name === 'UsageError' && message.test(error.message),
    );
  }
});

const BAD: Readonly<Record<string, string>> = {
  '': 'line 1, column 1: a value is expected; got the end',
  '{"a": 1,}': 'line 1, column 9: a name in double quotes is expected; got "}"',
  '[1,\n 2': 'line 2, column 3: , or ] is expected; got the end',
  '{"a" 1}': 'line 1, column 6: : is expected; got "1"',
  '{} x': 'line 1, column 4: the end is expected; got "x"',
  '["a\n"]': 'line 1, column 2: a value is expected; got "\\""',
  "{'a': 1}": 'line 1, column 2: a name in double quotes is expected; got "\'"',
  '[01]': 'line 1, column 3: , or ] is expected; got "1"',
  '[😀]': 'line 1, column 2: a value is expected; got "😀"',
};

for (const [text, message] of Object.entries(BAD)) {
  test(`parseJson() tells where ${JSON.stringify(text)} is wrong`, () => {
    assert.throws(() => parseJson(text, 'x.json'), { name: 'SyntaxError', message: `Cannot read x.json: ${message}` });
  });
}
