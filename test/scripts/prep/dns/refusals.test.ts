/** Names that are not written down: why not is one line, and the zone stays as it is. */
import assert from 'node:assert/strict';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { nsupdateZone } from '../../../../scripts/prep/dns/nsupdate.ts';
import { unlessBind } from '../../../../testkit/bind.ts';
import { type DnsRoom, makeDnsRoom, NAME, ZONE } from '../../../../testkit/dns-room.ts';
import { freePort } from '../../../../testkit/ports.ts';

const skip = unlessBind;

/** What is different, and what is said: with `SERVER` for the server's address. */
const refused: Readonly<Record<string, readonly [args: (room: DnsRoom) => Promise<string[]>, said: string]>> = {
  'a key with another secret': [
    (room) => writeKey(room, (key) => key.replace(/secret ".*"/, `secret "${'A'.repeat(43)}="`)),
    `Cannot change the zone ${ZONE} at SERVER: its key of this name has another secret (BADSIG)`,
  ],
  'a key that the server does not know': [
    (room) => writeKey(room, (key) => key.replace('"room"', '"other"')),
    `Cannot change the zone ${ZONE} at SERVER: it knows no key of this name (BADKEY)`,
  ],
  'another zone than the server has': [
    () => Promise.resolve(['--zone', 'test']),
    'Cannot change the zone test at SERVER: it does not keep this zone (NOTAUTH)',
  ],
  'a name that is an alias': [
    () => Promise.resolve(['--name', `alias.${ZONE}`]),
    `Cannot give alias.${ZONE} an address: what stands there is not for this to replace; got CNAME mail.${ZONE}.`,
  ],
  'a name in a part of the zone that others keep': [
    () => Promise.resolve(['--name', `room.part.${ZONE}`]),
    `Cannot read room.part.${ZONE} in the zone ${ZONE} of SERVER: that part of it is kept by other servers`,
  ],
};

for (const [what, [args, said]] of Object.entries(refused)) {
  test(`${what} is refused, also by a dry run`, { skip }, async (t) => {
    const room = await makeDnsRoom(t, { records: 'room A 10.0.0.9\n' });
    const before = await room.bind.records();
    for (const how of ['--dry-run', '--yes']) {
      const { code, output } = await room.dns(how, ...await args(room));
      assert.deepEqual([code, output], [1, `${said.replace('SERVER', room.bind.address)}\n`]);
    }
    assert.deepEqual(await room.bind.records(), before);
    assert.deepEqual(await room.journal(), []);
  });
}

async function writeKey({ folder, bind }: DnsRoom, change: (key: string) => string): Promise<string[]> {
  await writeFile(join(folder, 'other.key'), change(await readFile(bind.keyFile, 'utf8')), { mode: 0o600 });
  return ['--key-file', 'other.key'];
}

test('a server that asks for a key, where none is said, is told with where to say it', { skip }, async (t) => {
  const { folder, bind, dns } = await makeDnsRoom(t);
  const settings = { dnsName: NAME, dns: { provider: 'nsupdate', zone: ZONE, server: bind.address } };
  await writeFile(join(folder, 'room.yml'), JSON.stringify(settings));
  const { code, output } = await dns('--yes');
  const reason = 'it takes no update without a key: dns.keyFile of room.yml, or --key-file (REFUSED)';
  assert.deepEqual([code, output], [1, `Cannot change the zone ${ZONE} at ${bind.address}: ${reason}\n`]);
});

test('a server that is not there is told', { skip }, async (t) => {
  const { dns } = await makeDnsRoom(t);
  const server = `127.0.0.1:${await freePort()}`;
  const { code, output } = await dns('--yes', '--server', server);
  assert.deepEqual([code, output], [1, `Cannot ask ${server} for ${NAME}: connection refused\n`]);
});

test('a key that is not there is wrong usage, and of one that all can read there is a word', { skip }, async (t) => {
  const { bind, dns } = await makeDnsRoom(t);
  const none = await dns('--yes', '--key-file', 'none.key');
  assert.equal(none.code, 2);
  assert.match(none.output, /^Cannot read the key of the zone: ENOENT: .*none\.key'\n$/);
  await chmod(bind.keyFile, 0o644);
  const { code, output } = await dns('--yes');
  assert.equal(code, 0, output);
  const word = `Everybody on this machine can read the key in ${bind.keyFile}: chmod 600 ${bind.keyFile}`;
  assert.ok(output.split('\n').includes(word), output);
});

const [seen, wanted] = [
  [{ type: 'A', address: '10.0.0.9', ttl: 300 }],
  [{ type: 'A', address: '10.0.0.7', ttl: 60 }],
] as const;

/** What somebody does between the reading and the change, and the code of the server's answer. */
const meanwhile = [
  [`update add ${NAME}. 300 A 10.0.0.10`, 'NXRRSET'],
  [`update delete ${NAME}. A`, 'NXRRSET'],
  [`update add ${NAME}. 300 AAAA 2001:db8::9`, 'YXRRSET'],
] as const;

for (const [line, code] of meanwhile) {
  test(`what somebody does meanwhile is not overwritten: ${line}`, { skip }, async (t) => {
    const { bind } = await makeDnsRoom(t, { records: 'room A 10.0.0.9\n' });
    const zone = await nsupdateZone({
      ...{ provider: 'nsupdate', zone: ZONE, server: bind.address, keyFile: bind.keyFile },
    });
    assert.deepEqual(await zone.read(NAME), { records: seen, obstacle: undefined });
    await bind.change(line);
    const records = await bind.records();
    await assert.rejects(zone.replace({ name: NAME, before: seen, after: wanted }), {
      message: `Cannot change the zone ${ZONE} at ${bind.address}: ` +
        `somebody has changed the record since it was read, so nothing was done; run it again (${code})`,
    });
    assert.deepEqual(await bind.records(), records);
  });
}

test('an alias that somebody makes meanwhile is seen as well', { skip }, async (t) => {
  const { bind } = await makeDnsRoom(t);
  const settings = { provider: 'nsupdate', zone: ZONE, server: bind.address, keyFile: bind.keyFile } as const;
  const zone = await nsupdateZone(settings);
  await bind.change(`update delete ${NAME}. TXT`, `update add ${NAME}. 300 CNAME mail.${ZONE}.`);
  await assert.rejects(zone.replace({ name: NAME, before: [], after: wanted }), /run it again \(YXRRSET\)$/);
});
