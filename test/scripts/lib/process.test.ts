import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError, needPrograms, output, run } from '../../../scripts/lib/process.ts';
import { eventually } from '../../../testkit/eventually.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('run() gives both streams, the exit code, and each line as it comes', async () => {
  const lines: string[] = [];
  const finished = await run(['sh', '-c', 'echo out; echo err >&2; exit 3'], { onLine: (line) => lines.push(line) });
  assert.deepEqual(finished, { code: 3, stdout: 'out\n', stderr: 'err\n' });
  assert.deepEqual(lines.sort(), ['err', 'out']);
});

test('run() passes arguments as they are, an input, a folder and variables', async () => {
  assert.equal(await output(['printf', '%s|', 'a b', '$HOME', `'"`, '; exit 1']), `a b|$HOME|'"|; exit 1|`);
  assert.equal(await output(['cat'], { input: 'said\n' }), 'said');
  assert.equal(await output(['cat']), '', 'its input is empty');
  assert.equal(await output(['pwd'], { cwd: '/' }), '/');
  assert.equal(await output(['sh', '-c', 'echo "$A-${HOME-none}"'], { env: { A: '1', HOME: undefined } }), '1-none');
});

test('run() takes all of a long input, and comes back from a program that does not read it', async () => {
  const input = 'x'.repeat(3_000_000);
  assert.equal(await output(['wc', '-c'], { input }), '3000000');
  assert.equal((await run(['sh', '-c', 'exec 0<&-; exit 3'], { input })).code, 3);
});

test('output() tells what a failed program said', async () => {
  await assert.rejects(output(['sh', '-c', 'echo no >&2; exit 4']), (error: CommandError) => {
    assert.equal(error.message, 'sh -c echo no >&2; exit 4 ended with 4: no');
    assert.equal(error.finished.code, 4);
    return true;
  });
});

test('a program that takes too long ends with its own children', async () => {
  const lines: string[] = [];
  const running = run(['sh', '-c', 'sleep 60 & echo $!; wait'], { withinMs: 500, onLine: (line) => lines.push(line) });
  await assert.rejects(running, { message: 'sh -c sleep 60 & echo $!; wait took longer than 0.5 s' });
  const child = Number(lines[0]);
  assert.ok(child > 1);
  await eventually(() => !isAlive(child), { what: 'the child of the child to end' });
});

test('one that does not want to end is killed', async () => {
  const running = run(['sh', '-c', 'trap "" TERM; sleep 60 & wait; sleep 60'], { withinMs: 100 });
  await assert.rejects(running, /took longer than 0\.1 s$/);
});

test('a signal ends what runs, and starts nothing any more', async () => {
  const controller = new AbortController();
  const running = run(['sleep', '60'], { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(running, { message: 'enough' });
  await assert.rejects(run(['true'], { signal: controller.signal }), { message: 'enough' });
});

test('needPrograms() says how to get what is missing', async () => {
  await needPrograms('git');
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await assert.rejects(needPrograms('docker', 'git'), {
      message:
        'This needs programs that are not on this machine: docker (https://docs.docker.com/engine/install/), git (https://git-scm.com/downloads)',
    });
  } finally {
    process.env.PATH = path;
  }
});
