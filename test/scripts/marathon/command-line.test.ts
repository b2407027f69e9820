/** `deploy` and `status` as a user runs them: flags, stdin, exit codes, and no secret anywhere. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunOptions } from '../../../scripts/lib/process.ts';
import type { Run } from '../../../testkit/docker.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { startMarathon } from '../../../testkit/marathon.ts';
import { freePort } from '../../../testkit/ports.ts';
import { runScript } from '../../../testkit/script.ts';

const APP = JSON.stringify({ id: '/coinroom/rng', cmd: 'sleep 9', env: { KEY: 'of the app' } });
const USAGE = 2;
const UNREACHABLE = 3;

/** With no login but the one that is given. */
async function marathonScript(args: readonly string[], { env = {}, ...options }: RunOptions = {}): Promise<Run> {
  const names = ['USER', 'PASSWORD', 'TOKEN', 'CA'].map((name) => [`MARATHON_${name}`, undefined] as const);
  return await runScript('marathon', args, { ...options, env: { ...Object.fromEntries(names), ...env } });
}

test('deploy takes what is on stdin, and ends with 0; then status does, too', async (t) => {
  const marathon = await startMarathon(t);
  const { code, stdout, output } = await marathonScript(['deploy', marathon.url, '-f', '-', '--json'], { input: APP });
  assert.equal(code, 0, output);
  assert.deepEqual(JSON.parse(stdout).changed, [{ id: '/coinroom/rng', change: 'created', fields: [] }]);
  assert.doesNotMatch(output, /of the app/);
  const well = await marathonScript(['status', marathon.url, '--group', '/coinroom/']);
  assert.match(well.stdout, /\n1 of 1 app well\n$/);
  assert.equal(well.code, 0);
  marathon.apps.set('/coinroom/rng', { ...marathon.apps.get('/coinroom/rng')!, tasks: [] });
  assert.equal((await marathonScript(['status', marathon.url])).code, 1);
});

test('no way of giving a login shows it, whether it is right, wrong, or sent back', async (t) => {
  const folder = await temporaryFolder(t);
  const [file, app] = [join(folder, 'secret'), join(folder, 'app.json')];
  await Promise.all([writeFile(file, 's3cret\n'), writeFile(app, APP)]);
  const basic = Buffer.from('student:s3cret').toString('base64');
  const ways: readonly (readonly [args: readonly string[], env: Record<string, string>, header: string])[] = [
    [[], { MARATHON_USER: 'student', MARATHON_PASSWORD: 's3cret' }, `Basic ${basic}`],
    [['--password-file', file], { MARATHON_USER: 'student' }, `Basic ${basic}`],
    [[], { MARATHON_TOKEN: 'token=s3cret' }, 'token=s3cret'],
    [['--token-file', file], {}, 'Bearer s3cret'],
  ];
  await Promise.all(ways.map(async ([args, env, authorization]) => {
    const marathon = await startMarathon(t, { authorization });
    const order = ['deploy', marathon.url, '-f', app, ...args];
    const right = await marathonScript([...order, '--dry-run'], { env });
    assert.equal(right.code, 0, right.output);
    assert.deepEqual([...new Set(marathon.logins)], [authorization]);
    marathon.instead('PUT', (response) => {
      response.writeHead(401).end(JSON.stringify({ message: `got ${authorization}` }));
    });
    const wrong = await marathonScript(order, { env });
    assert.equal(wrong.code, 1);
    assert.match(wrong.output, /does not accept this login \(401\): got (Basic |token=|Bearer )\*\*\*\n$/);
    for (const { output } of [right, wrong]) {
      assert.ok(!output.includes('s3cret') && !output.includes(basic));
    }
  }));
});

test('wrong usage ends with 2, a master that is not there with 3', async () => {
  const nobody = `http://127.0.0.1:${await freePort()}`;
  const cases: readonly (readonly [args: readonly string[], code: number, line: string])[] = [
    [['deploy'], USAGE, 'URL is missing: that of Marathon, such as http://10.0.0.1:8080'],
    [['deploy', nobody], USAGE, '-f is missing: a FILE with the JSON of a group or of an app, or - for stdin'],
    [['deploy', nobody, 'b'], USAGE, 'deploy takes one URL, with commas between several; got 2'],
    [['deploy', nobody, '-f', '-'], USAGE, 'Cannot read what is on stdin: it is no JSON'],
    [['deploy', nobody, '--within', 'x'], USAGE, '--within must be a time such as 30s, 10m or 2h; got "x"'],
    [['status', nobody, '--group', 'a'], USAGE, '--group must begin with a slash, such as /coinroom; got "a"'],
    [['status', nobody], UNREACHABLE, `Cannot reach ${nobody}: nothing listens there (ECONNREFUSED)`],
  ];
  for (const [args, code, line] of cases) {
    const ended = await marathonScript(args);
    assert.deepEqual([ended.code, ended.stdout, ended.output], [code, '', `${line}\n`]);
  }
});
