/** `deploy` and `status` as a user runs them: flags, stdin, exit codes, and no secret anywhere. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Finished, run, type RunOptions } from '../../../scripts/lib/process.ts';
import { isDeno, ROOT, type Scope, temporaryFolder } from '../../../testkit/machine.ts';
import { startMarathon } from '../../../testkit/marathon.ts';
import { freePort } from '../../../testkit/ports.ts';

const APP = JSON.stringify({ id: '/coinroom/rng', cmd: 'sleep 9', env: { KEY: 'of the app' } });
const USAGE = 2;
const UNREACHABLE = 3;

/** Runs the verbs by an entry of its own, with no login but the one that is given. */
async function startEntry(t: Scope) {
  const file = join(await temporaryFolder(t), 'entry.mjs');
  const urlOf = (path: string): string => JSON.stringify(pathToFileURL(join(ROOT, path)).href);
  await writeFile(
    file,
    `import { runVerb } from ${urlOf('scripts/lib/command-line.ts')};
import { deploy } from ${urlOf('scripts/marathon/deploy.ts')};
import { status } from ${urlOf('scripts/marathon/status.ts')};
process.exitCode = await runVerb({ deploy, status }, process.argv.slice(2));
`,
  );
  const flags = isDeno
    ? ['run', '--quiet', '--config', join(ROOT, 'deno.json'), '--allow-all']
    : ['--disable-warning=ExperimentalWarning'];
  return async (args: readonly string[], { env = {}, ...options }: RunOptions = {}): Promise<Finished> => {
    const names = ['USER', 'PASSWORD', 'TOKEN', 'CA'].map((name) => [`MARATHON_${name}`, undefined] as const);
    // By env: zx reads a command that begins with Deno itself as one of its own.
    const command = ['env', process.execPath, ...flags, file, ...args];
    return await run(command, { ...options, env: { ...Object.fromEntries(names), ...env } });
  };
}

test('deploy takes what is on stdin, and ends with 0; then status does, too', async (t) => {
  const marathon = await startMarathon(t);
  const entry = await startEntry(t);
  const { code, stdout, stderr } = await entry(['deploy', marathon.url, '-f', '-', '--json'], { input: APP });
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout).changed, [{ id: '/coinroom/rng', change: 'created', fields: [] }]);
  assert.doesNotMatch(stdout + stderr, /of the app/);
  const well = await entry(['status', marathon.url, '--group', '/coinroom/']);
  assert.match(well.stdout, /\n1 of 1 app well\n$/);
  assert.equal(well.code, 0);
  marathon.apps.set('/coinroom/rng', { ...marathon.apps.get('/coinroom/rng')!, tasks: [] });
  assert.equal((await entry(['status', marathon.url])).code, 1);
});

test('no way of giving a login shows it, whether it is right, wrong, or sent back', async (t) => {
  const folder = await temporaryFolder(t);
  const [file, app] = [join(folder, 'secret'), join(folder, 'app.json')];
  await Promise.all([writeFile(file, 's3cret\n'), writeFile(app, APP)]);
  const basic = Buffer.from('student:s3cret').toString('base64');
  const entry = await startEntry(t);
  const ways: readonly (readonly [args: readonly string[], env: Record<string, string>, header: string])[] = [
    [[], { MARATHON_USER: 'student', MARATHON_PASSWORD: 's3cret' }, `Basic ${basic}`],
    [['--password-file', file], { MARATHON_USER: 'student' }, `Basic ${basic}`],
    [[], { MARATHON_TOKEN: 'token=s3cret' }, 'token=s3cret'],
    [['--token-file', file], {}, 'Bearer s3cret'],
  ];
  await Promise.all(ways.map(async ([args, env, authorization]) => {
    const marathon = await startMarathon(t, { authorization });
    const order = ['deploy', marathon.url, '-f', app, ...args];
    const right = await entry([...order, '--dry-run'], { env });
    assert.equal(right.code, 0, right.stderr);
    assert.deepEqual([...new Set(marathon.logins)], [authorization]);
    marathon.instead('PUT', (response) => {
      response.writeHead(401).end(JSON.stringify({ message: `got ${authorization}` }));
    });
    const wrong = await entry(order, { env });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /does not accept this login \(401\): got (Basic |token=|Bearer )\*\*\*\n$/);
    for (const { stdout, stderr } of [right, wrong]) {
      assert.ok(!`${stdout}${stderr}`.includes('s3cret') && !`${stdout}${stderr}`.includes(basic));
    }
  }));
});

test('wrong usage ends with 2, a master that is not there with 3', async (t) => {
  const entry = await startEntry(t);
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
    const ended = await entry(args);
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [code, '', `${line}\n`]);
  }
});
