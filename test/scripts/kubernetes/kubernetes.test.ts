/** kubernetes.mjs as it is typed. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT, temporaryFolder } from '../../../testkit/machine.ts';
import { runScript, scriptCommand } from '../../../testkit/script.ts';
import { run } from '../../../testkit/docker.ts';
import { parseObjects } from '../../../scripts/kubernetes/yaml.ts';

/** By a shell, so that stdout and stderr are told apart. */
const generate = async (args: string, folder: string) =>
  await run([
    'sh',
    '-c',
    '"$@" 2>losses >objects',
    'sh',
    ...scriptCommand('kubernetes', ['generate', ...args.split(' ')]),
  ], {
    cwd: folder,
  });

test('generate: objects on stdout, what is not carried over on stderr and in the report; check finds no error', async (t) => {
  const folder = await temporaryFolder(t);
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const compose = join(ROOT, 'compose.yml');
  const made = await generate(`-f ${compose} --instances worker=10 --namespace c1 --report report.json`, folder);
  assert.equal(made.code, 0, await read('losses'));
  const objects = parseObjects(await read('objects'), 'stdout') as { kind: string; spec: { replicas?: number } }[];
  assert.equal(objects.length, 10);
  assert.equal(objects.filter(({ spec }) => spec.replicas === 10).length, 1);
  const report = JSON.parse(await read('report.json')) as { service: string; what: string; at: { line: number } }[];
  const losses = (await read('losses')).trimEnd().split('\n');
  assert.equal(report.length, losses.length);
  assert.ok(losses.every((line) => line.startsWith('NOT CARRIED OVER: ')), losses.join('\n'));
  assert.ok(report.some(({ service, what, at }) => service === 'worker' && what === 'depends_on' && at.line > 1));
  const checked = await runScript('kubernetes', ['check', join(folder, 'objects')]);
  assert.match(checked.output, /^10 objects: 0 errors, \d+ pieces of advice$/m);
  assert.equal(checked.code, 0);
  const strict = await generate(`-f ${compose} --strict --report strict.json`, folder);
  assert.equal(strict.code, 2);
  assert.equal(await read('objects'), '');
  assert.match(await read('losses'), /^Cannot carry over all of it, as --strict wants:\n/);
  assert.ok((await read('strict.json')).includes('depends_on'));
});

test('generate: what is wrong with a flag or a file is one line, and wrong usage', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'built.yml'), 'services:\n  app: { build: . }\n');
  const wrong = [
    ['--instances worker', /--instances takes SERVICE=N, such as worker=10; got "worker"/],
    ['--instances worker=many', /--instances must be a whole number/],
    ['--instances miner=2 -f built.yml', /there is no such service/],
    ['--expose Ingress', /--expose takes one of NodePort, LoadBalancer; got "Ingress"/],
    ['--namespace C1', /--namespace has a-z/],
    ['--volume-size big', /--volume-size is a size such as 10Gi/],
    ['compose.yml', /generate takes flags only/],
    ['-f built.yml', /Cannot deploy app \(.*built\.yml, line 2\): it is only built, .*compose\.mjs push/],
  ] as const;
  for (const [args, message] of wrong) {
    assert.equal((await generate(args, folder)).code, 2, args);
    assert.match(await readFile(join(folder, 'losses'), 'utf8'), message);
  }
});

test('check: a table and 1 where something is wrong, data for --json, advice counts with --strict', async (t) => {
  const folder = await temporaryFolder(t);
  const check = async (text: string, ...flags: readonly string[]) => {
    await writeFile(join(folder, 'objects.yml'), text);
    return await run(
      ['sh', '-c', '"$@" <objects.yml', 'sh', ...scriptCommand('kubernetes', ['check', '-', ...flags])],
      {
        cwd: folder,
      },
    );
  };
  const service = 'apiVersion: v1\nkind: Service\nmetadata: { name: 1web }\n';
  const wrong = await check(service);
  assert.equal(wrong.code, 1);
  assert.match(wrong.output, /^error +name +Service\/1web +\$\.metadata\.name +"1web" is no name of a Service; use /m);
  assert.match(wrong.output, /^1 object: 1 error, 0 pieces of advice$/m);
  const { findings } = JSON.parse((await check(service, '--json')).output) as { findings: { rule: string }[] };
  assert.deepEqual(findings.map(({ rule }) => rule), ['name']);
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { enableServiceLinks: false }\n';
  assert.equal((await check(pod)).code, 0);
  assert.equal((await check(pod, '--strict')).code, 1);
  assert.equal((await check('a: [')).code, 2);
  assert.equal((await check('')).code, 2);
  assert.equal((await runScript('kubernetes', ['check', join(folder, 'none.yml')])).code, 2);
});

test('bare, it says where you are and what is next', async (t) => {
  const folder = await temporaryFolder(t);
  const bare = async (): Promise<string> => (await runScript('kubernetes', [], { cwd: folder })).output;
  assert.match(await bare(), /^There is no Compose file in this folder/);
  await writeFile(join(folder, 'compose.yml'), '');
  assert.match(await bare(), /^Here is compose\.yml\. .*compose\.mjs push/);
  await writeFile(join(folder, 'compose.1.yml'), '');
  assert.match(await bare(), /^Here is compose\.1\.yml, .* generate -f compose\.1\.yml$/m);
});
