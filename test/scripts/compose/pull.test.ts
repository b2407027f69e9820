/** The images of a pinned file on machines over ssh: this one, under more than one name. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodeOf } from '../../../scripts/compose/pull-on-hosts.ts';
import { docker, output, run, uniqueName, unlessDocker } from '../../../testkit/docker.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { startRegistry, unlessRegistry } from '../../../testkit/registry.ts';
import { runScript } from '../../../testkit/script.ts';
import { startSshd, unlessSshd } from '../../../testkit/sshd.ts';

const skip = unlessDocker || unlessRegistry || unlessSshd;

test('pull --hosts gets every image on every host, names those that it cannot reach, and asks nobody twice', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const [registry, sshd, folder] = [await startRegistry(t), await startSshd(t), await temporaryFolder(t)];
  const name = `${registry.address}/${uniqueName('coinroom-test')}`;
  t.after(() => run(['docker', 'rmi', '--force', `${name}:1`]));
  await output(['docker', 'build', '--tag', `${name}:1`, '-'], {
    input: 'FROM redis:7.4.2\nLABEL a=b\n',
    env: { DOCKER_BUILDKIT: '0' },
  });
  const digest = /digest: (sha256:\w+)/.exec(await docker('push', `${name}:1`))![1]!;
  await docker('rmi', '--force', `${name}:1`);

  const file = join(folder, 'compose.1.yml');
  await writeFile(file, `services:\n  a: { image: '${name}@${digest}' }\n  b: { image: redis:7.4.2 }\n`);
  await writeFile(join(folder, 'ips.txt'), '# the room\nnode1\nnode2\ngone\n');
  const pull = (hosts: string) =>
    runScript('compose', [
      'pull',
      '-f',
      file,
      '--hosts',
      join(folder, hosts),
      '--ssh-config',
      sshd.configFile,
      '--json',
    ]);
  const { code, stdout, output: said } = await pull('ips.txt');
  assert.equal(code, 3, said);
  const results = JSON.parse(stdout) as { host: string; result: string; detail: string }[];
  assert.deepEqual(results.map(({ host, result }) => [host, result]), [
    ['gone', 'unreachable'],
    ['node1', 'ok'],
    ['node2', 'ok'],
  ]);
  assert.match(results[0]!.detail, /^Cannot reach gone: .*Connection refused$/);
  const ids = await docker('image', 'inspect', '--format', '{{.Id}}', `${name}@${digest}`, 'redis:7.4.2');
  assert.equal(results[1]!.detail, ids.split('\n').map((id) => id.slice(7, 19)).join(' '));

  await registry.program.stop();
  await writeFile(join(folder, 'here.txt'), 'node1\n');
  assert.equal((await pull('here.txt')).code, 0, 'what is there by digest needs no registry');
  await docker('rmi', '--force', `${name}@${digest}`);
  const failed = await pull('here.txt');
  assert.equal(failed.code, 1);
  assert.match(JSON.parse(failed.stdout)[0].detail, /connection refused/);

  await writeFile(join(folder, 'wrong.txt'), 'node1\n10.0.0.300\n');
  const wrong = await pull('wrong.txt');
  assert.equal(wrong.code, 2);
  assert.match(wrong.output, /wrong\.txt, line 2: a line holds one address/);
});

test('failed counts more than unreachable', () => {
  const result = (kind: 'ok' | 'failed' | 'unreachable') => ({ host: 'a', result: kind, detail: '' });
  assert.equal(exitCodeOf([result('ok')]), 0);
  assert.equal(exitCodeOf([result('ok'), result('unreachable')]), 3);
  assert.equal(exitCodeOf([result('failed'), result('unreachable')]), 1);
});
