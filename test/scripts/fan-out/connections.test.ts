/** The command line of ssh: what it says, and what it never says. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type ConnectionOptions, createConnections, type Host } from '../../../scripts/lib/fan-out/connections.ts';
import { offerPassword } from '../../../scripts/lib/fan-out/password.ts';
import { output } from '../../../testkit/docker.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';
import { startSshd, unlessSshd } from '../../../testkit/sshd.ts';

const HOST: Host = { address: '10.0.0.1' };

/** Its options by name, and what is no option. */
function commandOf(options: ConnectionOptions, host = HOST): { options: Map<string, string>; rest: string } {
  const words = createConnections(options).command(host);
  const given = new Map<string, string>();
  const rest = words.filter((word, at) => {
    if (words[at - 1] === '-o') given.set(word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1));
    return word !== '-o' && words[at - 1] !== '-o';
  });
  return { options: given, rest: rest.join(' ') };
}

test('it never asks, hands on no agent, and a login of the list counts more than the one given', () => {
  const { options, rest } = commandOf({});
  assert.equal(rest, 'ssh -- 10.0.0.1');
  assert.equal(options.get('BatchMode'), 'yes');
  assert.equal(options.get('ForwardAgent'), 'no');
  assert.equal(options.has('StrictHostKeyChecking'), false, "that is the user's affair");
  const given = commandOf({ login: 'ubuntu', port: 2222, configFile: 'my config' }, { ...HOST, login: 'root' });
  assert.equal(given.rest, 'ssh -F my config -p 2222 -- root@10.0.0.1');
});

test('the keys of a room are strict, and new ones are taken only where that is said', () => {
  const keys = (acceptNew: boolean) => commandOf({ hostKeys: { file: '/keys', acceptNew } }).options;
  assert.equal(keys(false).get('StrictHostKeyChecking'), 'yes');
  assert.equal(keys(true).get('StrictHostKeyChecking'), 'accept-new');
  assert.equal(keys(true).get('UserKnownHostsFile'), '"/keys"');
});

test('keys are recorded in the one file that is meant, whatever the name of its folder', {
  skip: unlessSshd,
}, async (t) => {
  const { configFile } = await startSshd(t);
  const folder = join(await temporaryFolder(t), 'un café à 100%h');
  await mkdir(folder);
  const file = join(folder, 'known_hosts');
  const connections = createConnections({ configFile, hostKeys: { file, acceptNew: true } });
  await output([...connections.command(HOST), 'true']);
  await connections.close([HOST]);
  assert.match(await readFile(file, 'utf8'), /^coinroom-test ssh-ed25519 /);
  assert.deepEqual(await connections.recordedKeys({ address: 'coinroom-test' }).then((keys) => keys.length), 1);
});

test('who is reached in another way does not share the connection', () => {
  const socket = (options: ConnectionOptions, host = HOST) => commandOf(options, host).options.get('ControlPath')!;
  const hostKeys = { file: '/keys', acceptNew: false };
  const paths = [
    socket({}),
    ...[socket({ login: 'root' }), socket({ port: 22 }), socket({ hostKeys }), socket({ password: { env: {} } })],
    socket({}, { address: '10.0.0.2' }),
  ];
  assert.equal(new Set(paths).size, paths.length);
  assert.equal(socket({}), paths[0]);
  for (const path of paths) assert.ok(path.length <= 90, `${path} is too long for a socket`);
  assert.equal(statSync(dirname(paths[0]!)).mode & 0o777, 0o700);
});

test('a password is handed over by a program, from a file that is ours alone, and both go away', async () => {
  const password = await offerPassword(`it's "secret" $HOME`);
  const program = password.env.SSH_ASKPASS!;
  assert.equal(await output([program, `ubuntu@10.0.0.1's password: `]), `it's "secret" $HOME`);
  await assert.rejects(output([program, 'Are you sure you want to continue connecting (yes/no)?']));
  assert.equal(statSync(dirname(program)).mode & 0o777, 0o700);
  await password.close();
  assert.throws(() => statSync(program), { code: 'ENOENT' });
  const { options } = commandOf({ password });
  assert.equal(options.get('PubkeyAuthentication'), 'no');
  for (const connections of [createConnections(), createConnections({ password })]) {
    const env = connections.env({ address: '10.0.0.1' });
    assert.equal('SSHPASS' in env ? env.SSHPASS : 'inherited', undefined, 'ssh does not inherit it');
  }
});
