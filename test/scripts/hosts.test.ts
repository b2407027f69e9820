import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHosts } from '../../scripts/lib/hosts.ts';
import { runOn, sshCommand } from '../../scripts/lib/ssh.ts';
import { startSshd, unlessSshd } from '../../testkit/sshd.ts';

const RULE = 'a line holds one address, such as 10.0.0.7, 2001:db8::7, node1.example.org or ubuntu@10.0.0.7';

test('a list of hosts takes IPv4, IPv6, names and logins, and leaves comments and blank lines out', () => {
  const text =
    '# the room\n10.0.0.1\n\n  2001:db8::1  # by the window\r\nubuntu@node-3.example.org\nroot@fe80::1%eth0\nnode4';
  assert.deepEqual(parseHosts(text, 'ips.txt'), [
    { address: '10.0.0.1', line: 2 },
    { address: '2001:db8::1', line: 4 },
    { address: 'node-3.example.org', login: 'ubuntu', line: 5 },
    { address: 'fe80::1%eth0', login: 'root', line: 6 },
    { address: 'node4', line: 7 },
  ]);
});

test('what is no address is refused with its file and line', () => {
  const wrong = [
    ...['10.0.0.300', '10.0.0', '10.0.0.1 10.0.0.2', '10.0.0.1,', '10.0.0.1:22', '[::1]', '2001:db8::g', 'a..b', 'a_b'],
    ...['-oProxyCommand=x', '@10.0.0.1', '-l@10.0.0.1', 'a b@10.0.0.1', 'root@', `${'a'.repeat(64)}.org`],
  ];
  for (const entry of wrong) {
    assert.throws(() => parseHosts(`10.0.0.1\n${entry}`, 'ips.txt'), {
      name: 'SyntaxError',
      message: `Cannot read ips.txt, line 2: ${RULE}; got ${JSON.stringify(entry)}`,
    });
  }
});

test('an address that stands there twice, written in any way, is refused with both lines', () => {
  const twice = {
    '10.0.0.1': 'root@10.0.0.1',
    '2001:db8::1': '2001:DB8:0::1',
    'node1.example.org': 'Node1.example.org.',
  };
  for (const [first, second] of Object.entries(twice)) {
    assert.throws(() => parseHosts(`# one\n${first}\n${second}`, 'ips.txt'), {
      name: 'SyntaxError',
      message: `Cannot read ips.txt, line 3: an address stands there once; line 2 has ${
        second.replace('root@', '')
      } too`,
    });
  }
});

test('an empty list is refused', () => {
  assert.throws(() => parseHosts('# nobody\n\n', 'ips.txt'), {
    name: 'SyntaxError',
    message: `Cannot read ips.txt: ${RULE}; there is none`,
  });
});

test('sshCommand() never asks, hands on no agent, and a login of the list counts more than the one given', () => {
  const host = { address: '10.0.0.1', line: 1 };
  const always = [
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=10',
    '-o',
    'ServerAliveInterval=15',
    '-o',
    'ForwardAgent=no',
  ];
  assert.deepEqual(sshCommand(host), ['ssh', ...always, '--', '10.0.0.1']);
  assert.deepEqual(
    sshCommand({ ...host, login: 'root' }, { login: 'ubuntu', port: 2222, configFile: 'my config' }),
    ['ssh', '-F', 'my config', ...always, '-p', '2222', '--', 'root@10.0.0.1'],
  );
});

test('runOn() runs a script with an empty standard input, and gives what it said and its exit code', {
  skip: unlessSshd,
}, async (t) => {
  const { configFile } = await startSshd(t);
  const host = { address: 'node1', line: 1 };
  const script = `cat; echo "it's"; echo of the rest nothing is eaten >&2; exit 255 # the end`;
  assert.deepEqual(await runOn(host, script, { configFile }), {
    code: 254,
    stdout: "it's\n",
    stderr: 'of the rest nothing is eaten\n',
  });
  assert.equal((await runOn(host, 'exit 3', { configFile })).code, 3);
});

test('runOn() tells a host that cannot be reached from a script that fails', { skip: unlessSshd }, async (t) => {
  const { configFile } = await startSshd(t);
  await assert.rejects(runOn({ address: 'gone', line: 1 }, 'true', { configFile }), {
    name: 'UnreachableError',
    message: /^Cannot reach gone: ssh: connect to host 127\.0\.0\.1 port \d+: Connection refused$/,
  });
  await assert.rejects(runOn({ address: 'node1', login: 'nobody-has-this-name', line: 1 }, 'true', { configFile }), {
    name: 'UnreachableError',
    message: 'Cannot reach node1: nobody-has-this-name@127.0.0.1: Permission denied (publickey).',
  });
});
