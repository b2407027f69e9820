/** What a stranger does in a fresh clone, with an older Node and without the packages. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fetchNode } from '../launch.mjs';
import { cloneProject, userEnvironment } from '../testkit/clone.ts';
import { type Scope, unlessInstalled } from '../testkit/machine.ts';
import { type Exit, type Program, type ProgramOptions, runProgram, startProgram } from '../testkit/program.ts';

const skip = unlessInstalled('npm', 'it comes with Node: https://nodejs.org') ||
  unlessInstalled('git', 'apt-get install git');

/** Commands as somebody types them whose Node is 20. */
function withOlderNode(changes: Readonly<Record<string, string>> = {}): ProgramOptions['env'] {
  const older = dirname(fetchNode('20'));
  return userEnvironment({ PATH: `${older}${delimiter}${process.env.PATH}`, ...changes });
}

/** An environment in which nothing can be fetched: every way out leads to a port where nobody is. */
const offline = {
  npm_config_proxy: 'http://127.0.0.1:1',
  npm_config_https_proxy: 'http://127.0.0.1:1',
  npm_config_fetch_retries: '0',
};

function start(t: Scope, cwd: string, env: ProgramOptions['env'], args: readonly string[] = []): Program {
  return startProgram(t, ['npm', 'start', '--', '--port', '0', ...args], { cwd, env: env ?? {}, ownGroup: true });
}

async function mined(program: Program): Promise<void> {
  await program.line(/"event":"page","url":"http:/, 120_000);
  await program.line(/"event":"progress".*"hashes":[1-9]/, 30_000);
}

/** Ctrl-C, as a terminal sends it: to every process of the group, and npm passes its own on. */
async function pressCtrlC(program: Program): Promise<Exit & { ms: number }> {
  const pressedAt = performance.now();
  process.kill(-program.pid, 'SIGINT');
  return { ...await program.exited, ms: performance.now() - pressedAt };
}

test('npm start in a fresh clone on Node 20: installs the run time, mines, stops, and goes on without network', {
  skip,
}, async (t) => {
  const clone = await cloneProject(t);
  const first = start(t, clone, withOlderNode());
  await mined(first);
  assert.ok(
    first.lines.some((line) => /^Installing the run-time packages of package-lock\.json \(once\) …$/.test(line)),
  );
  assert.ok(
    first.lines.some((line) => /^Node 20\.\d+\.\d+ cannot run TypeScript: handing over to Node 26 …$/.test(line)),
  );
  const { ms } = await pressCtrlC(first);
  assert.ok(ms < 2000, `it stopped after ${ms} ms`);
  assert.equal(JSON.parse(await first.line(/"event":"stopped"/)).code, 0);

  const megabytes =
    Number(execFileSync('du', ['-sk', 'node_modules'], { cwd: clone, encoding: 'utf8' }).split('\t')[0]) / 1024;
  t.diagnostic(`the run time takes ${megabytes.toFixed(1)} MB`);
  assert.ok(megabytes <= 30, `${megabytes} MB`);
  assert.ok(!existsSync(join(clone, 'node_modules', 'typescript')));

  const before = hashesIn(first);
  const second = start(t, clone, withOlderNode(offline));
  await mined(second);
  assert.ok(hashesIn(second) >= before, 'the second start goes on with the same wallet');
  assert.ok(!second.lines.some((line) => line.startsWith('Installing')));
  await pressCtrlC(second);
});

function hashesIn(program: Program): number {
  const progress = program.lines.filter((line) => line.includes('"progress"')).at(-1);
  return JSON.parse(progress!).hashes;
}

test('npm start on this Node; --pace full; an interrupted install is noticed and made good', { skip }, async (t) => {
  const clone = await cloneProject(t);
  const first = start(t, clone, userEnvironment(), ['--pace', 'full', '--difficulty', '4', '--threads', '1']);
  await mined(first);
  assert.equal(JSON.parse(await first.line(/"mining"/)).difficulty, 4);
  await pressCtrlC(first);
  rmSync(join(clone, 'node_modules', '.package-lock.json'));
  rmSync(join(clone, 'node_modules', 'hono'), { recursive: true });
  const second = start(t, clone, userEnvironment());
  await mined(second);
  assert.ok(second.lines.some((line) => line.startsWith('Installing the run-time packages')));
  await pressCtrlC(second);
});

test('npm start without packages and without network says what failed', { skip }, async (t) => {
  const clone = await cloneProject(t);
  const cache = { npm_config_cache: join(dirname(clone), 'empty cache') };
  const { code, all } = await runProgram(t, ['npm', 'start'], {
    cwd: clone,
    env: userEnvironment({ ...offline, ...cache }),
  });
  assert.equal(code, 1);
  assert.match(all, /^Cannot install the packages: npm ci ended with 1$/m);
});

test('an older Node that cannot fetch a newer one says so, and what to do', { skip }, async (t) => {
  const clone = await cloneProject(t);
  execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts'], { cwd: clone, stdio: 'ignore' });
  const env = withOlderNode({ ...offline, npm_config_cache: join(dirname(clone), 'empty cache') });
  const { code, all } = await runProgram(t, ['npm', 'start'], { cwd: clone, env: env ?? {} });
  assert.equal(code, 1);
  assert.match(all, /^Cannot fetch Node 26 with npm: .*\. Install Node 22\.18 or newer: https:\/\/nodejs\.org$/m);
});

test(
  'a script on Node 20: its help without packages, one line that says what to run, then its work',
  { skip },
  async (t) => {
    const clone = await cloneProject(t);
    const script = join(clone, 'scripts', 'audit.mjs');
    const options = { cwd: clone, env: withOlderNode() ?? {} };
    const help = await runProgram(t, [script, '--help'], options);
    assert.equal(help.code, 0);
    assert.match(help.output, /^audit\.mjs: verifies a wallet, coin by coin\n/);
    const bare = await runProgram(t, [script], options);
    assert.deepEqual([bare.code, bare.all], [
      1,
      `The packages are not installed: run \`npm ci --omit=dev\` in ${clone} first`,
    ]);
    execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts'], { cwd: clone, stdio: 'ignore' });
    const none = await runProgram(t, [script], options);
    assert.equal(none.code, 2);
    assert.match(none.all, /^There is no wallet at .*un café\/data\/wallet\.db yet\. Mine first: npm start$/m);
    const wrong = await runProgram(t, [script, 'mysql://x'], options);
    assert.equal(wrong.code, 2);
    assert.match(wrong.all, /^--store-url must be redis:\/\//m);
  },
);

test(
  'npm test and bare node --test on Node 20 run the TypeScript tests; a run of no tests fails',
  { skip },
  async (t) => {
    const clone = await cloneProject(t);
    const keep = new Set(['test/older-node.test.mjs', 'test/upstream/retry.test.ts']);
    const tests = execFileSync('find', ['test', '-type', 'f'], { cwd: clone, encoding: 'utf8' }).trim().split('\n');
    for (const path of tests.filter((path) => !keep.has(path))) rmSync(join(clone, path));
    const options = { cwd: clone, env: withOlderNode() ?? {} };

    const npmTest = await runProgram(t, ['npm', 'test'], options);
    assert.equal(npmTest.code, 0, npmTest.all);
    assert.match(npmTest.all, /^ℹ pass 4$/m);

    const bare = await runProgram(t, ['node', '--test'], options);
    assert.equal(bare.code, 0, bare.all);
    assert.match(bare.all, /retry\(\) gives the first success/);
    assert.match(bare.all, /hands the tests over to a newer one/);

    const file = join(clone, 'test', 'upstream', 'retry.test.ts');
    const broken = readFileSync(file, 'utf8').replace("'done');", "'broken');");
    await import('node:fs/promises').then(({ writeFile }) => writeFile(file, broken));
    const failing = await runProgram(t, ['node', '--test'], options);
    assert.notEqual(failing.code, 0);
    assert.match(failing.all, /Tests failed on Node 26: see above/);

    rmSync(file);
    const empty = await runProgram(t, ['node', '--test'], options);
    assert.notEqual(empty.code, 0);
    assert.match(empty.all, /No test ran/);
  },
);
