/** The steps of `post` as a file, and as the script that they become. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FileStep, parseSteps } from '../../../scripts/lib/room/steps.ts';
import { readSteps } from '../../../scripts/prep/read-steps.ts';
import { readStepWords, stepsScript } from '../../../scripts/lib/room/steps-script.ts';
import { run } from '../../../testkit/docker.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';

const step = (name: string, check: string, script: string): FileStep => ({
  ...{ name, check, do: script, as: 'root', on: 'all', withinS: 5 },
});

async function runSteps(steps: readonly FileStep[], variables: Record<string, string> = {}, files = {}) {
  const input = stepsScript({ steps, variables: { LOGIN: 'root', ...variables }, files });
  const { code, stdout, output } = await run(['sh', '-s'], { input });
  return { code, words: Object.fromEntries(readStepWords(stdout)), last: output.trim().split('\n').at(-1)! };
}

test('our own steps can be read', async () => {
  const steps = await readSteps('steps.yml');
  assert.ok(steps.length >= 10);
  assert.deepEqual(steps.map(({ name }) => name).slice(0, 2), ['packages', 'host name']);
});

const wrong: Readonly<Record<string, string>> = {
  '- { name: a': 'Flow map in block collection must be sufficiently indented and end with a } at line 1, column 12:',
  'a: 1': 'it is a list of steps, each with name, check and do',
  '- { check: x, do: y }': 'step 1 needs a name of at most 40 letters, digits, blanks and -',
  '- { name: a, check: x }': 'step "a" needs do, a script for sh',
  '- { name: a, check: x, do: y, when: now }': 'step "a" has no field when; there are name, check, do, as, on, within',
  '- { name: a, check: x, do: y, as: me }': 'step "a": as is root or user; got "me"',
  '- { name: a, check: x, do: y, within: 5 }': 'step "a": within must be a time such as 30s, 10m or 2h; got "5"',
  '[{ name: a, check: x, do: y }, { name: a, check: x, do: y }]': 'two steps are called "a"',
};

for (const [text, rule] of Object.entries(wrong)) {
  test(`${text} is refused`, () => {
    assert.throws(() => parseSteps(text, 'steps.yml'), (error: Error) => error.message.endsWith(rule));
  });
}

test('what is so already is left alone, the rest is made, and the second time nothing is', async (t) => {
  const folder = await temporaryFolder(t);
  const steps = [
    step('there already', 'true', `touch "$FOLDER/never"`),
    step(
      "it's made",
      '[ "$(cat "$FOLDER/made")" = "two words" ]',
      'printf "$WHAT" >"$FOLDER/made"; [ ! -e "$FOLDER/never" ]',
    ),
  ];
  const variables = { FOLDER: folder, WHAT: 'two words' };
  assert.deepEqual((await runSteps(steps, variables)).words, { 'there already': 'already', "it's made": 'done' });
  assert.deepEqual((await runSteps(steps, variables)).words, { 'there already': 'already', "it's made": 'already' });
});

test('a step that fails, takes too long or does not do what it should ends the rest, and says why', async () => {
  const last = step('last', 'true', 'true');
  const failed = await runSteps([step('bad', 'false', 'echo the reason; false'), last]);
  assert.deepEqual(failed, { code: 1, words: { bad: 'failed' }, last: 'bad: exit code 1: the reason' });
  const idle = await runSteps([step('idle', 'false', 'true'), last]);
  assert.equal(idle.last, 'idle: it was done, and its check still says no');
  const slow = await runSteps([{ ...step('slow', 'false', 'sleep 30'), withinS: 1 }, last]);
  assert.equal(slow.last, 'slow: took longer than 1 s');
});

test('a file is for its owner alone, and gone after the steps', async () => {
  const text = "it's a\nsecret $HOME";
  const see = step('see', 'false', 'stat -c %a "$KEY"; echo "$KEY"; cat "$KEY"; exit 1');
  const { stdout } = await run(['sh', '-s'], {
    input: stepsScript({ steps: [see], variables: { LOGIN: 'root' }, files: { KEY: text } }),
  });
  const [mode, path, ...lines] = stdout.split('\n');
  assert.equal(mode, '600');
  assert.deepEqual(lines.slice(0, 2), text.split('\n'));
  assert.equal((await run(['ls', path!])).code, 2);
});
