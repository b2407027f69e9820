import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHosts } from '../../scripts/lib/hosts.ts';

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
