/** Which record is to stand where, by flags and by room.yml. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clustersIn, type Machine } from '../../../../scripts/lib/room/room.ts';
import { DEFAULTS, type RoomSettings } from '../../../../scripts/lib/room/settings.ts';
import { requestOf } from '../../../../scripts/prep/dns/request.ts';
import { parseServer } from '../../../../scripts/prep/dns/server.ts';
import { firstMachine } from '../../../../scripts/prep/first-machine.ts';

const numbered = {
  kind: 'clusters',
  clusters: { c1: ['10.0.0.7', '10.0.0.8'], c2: ['root@node.example.org'] },
} as const;
const instructor = { kind: 'role', cluster: 'c2', role: 'instructor' } as const;

const dns = { provider: 'nsupdate', zone: 'Example.org.', server: '10.0.0.53', keyFile: 'room.key' } as const;
const room: RoomSettings = { ...DEFAULTS, dnsName: 'Room.example.org', dns };

function request(flags: Readonly<Record<string, string>>, settings: RoomSettings = room) {
  return requestOf({ ttl: '60', ...flags }, { settings, clusters: clustersIn([numbered]) });
}

test('room.yml says it all, and flags come before it', () => {
  const wanted = [{ type: 'A', address: '10.0.0.7', ttl: 60 }];
  assert.deepEqual(request({}), { name: 'room.example.org', settings: dns, wanted });
  assert.deepEqual(request({ name: 'b.test', zone: 'b.test', server: '[::1]:5353', 'key-file': 'b', ttl: '5' }), {
    name: 'b.test',
    settings: { provider: 'nsupdate', zone: 'b.test', server: '[::1]:5353', keyFile: 'b' },
    wanted: [{ type: 'A', address: '10.0.0.7', ttl: 5 }],
  });
  assert.deepEqual(request({ provider: 'cli53' }).settings, { provider: 'cli53', zone: 'Example.org.' });
});

test('the first machine is that of the instructor, else of the first cluster', () => {
  const first = (...entries: Parameters<typeof clustersIn>[0]): Machine => firstMachine(clustersIn(entries));
  assert.deepEqual([first(numbered).name, first(numbered, instructor).name], ['c1:n1', 'c2:n1']);
});

test('a machine that is known by a name alone has no address to write down', () => {
  assert.throws(() => requestOf({ ttl: '60' }, { settings: room, clusters: clustersIn([numbered, instructor]) }), {
    name: 'UsageError',
    message: 'c2:n1 has no address in the list, but a name, node.example.org: say the address with --address',
  });
});

test('what is said nowhere is asked for by its field and its flag', () => {
  const missing = (settings: Partial<RoomSettings>, flags: Readonly<Record<string, string>> = {}): string => {
    try {
      request(flags, { ...DEFAULTS, ...settings });
    } catch (error) {
      return (error as Error).message.replace(/^This needs .*: say it in /, '');
    }
    return 'nothing';
  };
  assert.deepEqual([
    missing({ dnsName: 'room.example.org' }),
    missing({ dnsName: 'room.example.org' }, { provider: 'cli53' }),
    missing({ dnsName: 'room.example.org' }, { provider: 'nsupdate', zone: 'example.org' }),
    missing({ dns }),
  ], [
    'room.yml (dns.provider), or with --provider',
    'room.yml (dns.zone), or with --zone',
    'room.yml (dns.server), or with --server',
    'room.yml (dnsName), or with --name',
  ]);
});

/** Each would be a line, an option or a field of its own, if it went where it is to go. */
const wrong: readonly (readonly [flag: string, value: string, rule: string])[] = [
  ['name', 'room.example.org.\nupdate delete example.org.', 'a name such as room.example.org'],
  ['name', '-x.example.org', 'a name such as room.example.org'],
  ['name', 'room example.org', 'a name such as room.example.org'],
  ['zone', 'example.org\nsend', 'a zone such as example.org'],
  ['zone', '--profile', 'a zone such as example.org'],
  ['server', '10.0.0.53 5353\nlocal 10.0.0.1', 'an address or a name, with :PORT behind it or not'],
  ['server', '10.0.0.53:70000', 'an address or a name, with :PORT behind it or not'],
  ['provider', 'bind', 'cli53 or nsupdate'],
  ['key-file', '-d', 'a file, as tsig-keygen writes it'],
];

for (const [flag, value, rule] of wrong) {
  test(`--${flag} ${JSON.stringify(value)} is refused`, () => {
    const message = `--${flag} must be ${rule}; got ${JSON.stringify(value)}`;
    assert.throws(() => request({ [flag]: value }), { name: 'UsageError', message });
  });
}

for (const address of ['10.0.0', '10.0.0.7\nsend', 'fe80::1%eth0', 'room.example.org', '', '10.0.0.7,']) {
  test(`--address ${JSON.stringify(address)} is refused`, () => {
    assert.throws(() => request({ address }), {
      name: 'UsageError',
      message: /^--address must be one or more addresses, such as 10\.0\.0\.7,2001:db8::7; got "/,
    });
  });
}

test('a name that is not in the zone is refused, and both are named', () => {
  for (const name of ['room.example.com', 'roomexample.org']) {
    assert.throws(() => request({ name }), {
      name: 'UsageError',
      message: `Cannot put ${name} into the zone example.org: its names are example.org and what ends in .example.org`,
    });
  }
  assert.equal(request({ name: 'EXAMPLE.org' }).name, 'example.org');
});

test('a flag of another provider is refused', () => {
  assert.throws(() => request({ provider: 'cli53', server: '10.0.0.53' }), {
    name: 'UsageError',
    message: '--server is for nsupdate; cli53 knows by itself where the zone is',
  });
});

test('a server is an address or a name, with a port behind it or not', () => {
  const read = (text: string) => Object.values(parseServer('--resolver', text)).slice(0, 2);
  assert.deepEqual(['10.0.0.53', 'ns.example.org:5353', '[2001:db8::53]:5353', '[::1]', '::1'].map(read), [
    ...[['10.0.0.53', 53], ['ns.example.org', 5353], ['2001:db8::53', 5353], ['::1', 53], ['::1', 53]],
  ]);
});
