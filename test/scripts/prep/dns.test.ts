/** The room's name in a zone that a real name server keeps; what it refuses is tested in dns/refusals.test.ts. */
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { dig } from '../../../scripts/prep/dns/dig.ts';
import { parseServer } from '../../../scripts/prep/dns/server.ts';
import { hasIPv6, NONE_FOR_S, startBind, startResolver, unlessBind } from '../../../testkit/bind.ts';
import { makeDnsRoom, NAME, OTHERS, ZONE } from '../../../testkit/dns-room.ts';

const skip = unlessBind;

test('the address of the first machine is put into the zone, and all that others have there stays as it is', {
  skip,
}, async (t) => {
  const { folder, bind, dns, journal } = await makeDnsRoom(t);
  const others = await bind.records();
  const dry = await dns('--dry-run');
  assert.equal(dry.output, `+ ${NAME}. 60 A 10.0.0.7\nWould make this change in the zone ${ZONE}\n`);
  assert.deepEqual(await bind.records(), others);

  const { code, stdout, output } = await dns('--yes');
  assert.equal(code, 0, output);
  const done = `${NAME} is written down at ${bind.address}; the resolver ${bind.address} sees it\n`;
  assert.deepEqual([stdout, output], [done, `${done}+ ${NAME}. 60 A 10.0.0.7\n`]);
  const records = await bind.records();
  assert.deepEqual(records.filter((line) => !others.includes(line)), [`${NAME}.\t60\tIN\tA\t10.0.0.7`]);
  assert.deepEqual(records.filter((line) => others.includes(line)), others);

  const settings = { provider: 'nsupdate', zone: ZONE, server: bind.address, keyFile: bind.keyFile };
  const made = { kind: 'dns', settings, name: NAME, records: [{ type: 'A', address: '10.0.0.7' }] };
  assert.deepEqual(await journal(), [made]);
  const [, secret] = /secret "(.+)"/.exec(await readFile(bind.keyFile, 'utf8'))!;
  assert.ok(!(await readFile(join(folder, '.workshop', 'journal.jsonl'), 'utf8')).includes(secret!));
});

test('a second time it changes nothing, and says so', { skip }, async (t) => {
  const { bind, dns, journal } = await makeDnsRoom(t);
  await dns('--yes');
  const records = await bind.records();
  const again = await dns();
  assert.equal(
    again.output,
    `= ${NAME}. 60 A 10.0.0.7\nIt is so already: nothing was changed; the resolver ${bind.address} sees it\n`,
  );
  assert.equal(again.code, 0);
  assert.deepEqual(await bind.records(), records);
  assert.equal((await journal()).length, 1);
});

test('what would be replaced is shown first, and whose it is not is in the question', { skip }, async (t) => {
  const { bind, dns } = await makeDnsRoom(t, { records: 'room A 10.0.0.9\nroom AAAA 2001:db8::9\n' });
  const before = await bind.records();
  const difference = `- ${NAME}. 300 A 10.0.0.9\n- ${NAME}. 300 AAAA 2001:db8::9\n+ ${NAME}. 60 A 10.0.0.7\n`;
  const question = `Make this change in the zone ${ZONE}, which replaces an A record and takes away an AAAA record ` +
    'that this room did not make? There is no terminal to ask on: say --yes\n';
  const asked = await dns();
  assert.deepEqual([asked.code, asked.output], [1, difference + question]);
  assert.deepEqual(await bind.records(), before);

  const { code, stdout } = await dns('--yes', '--json');
  const ofRoom = { type: 'A', address: '10.0.0.7', ttl: 60 };
  assert.deepEqual([code, JSON.parse(stdout)], [0, {
    name: NAME,
    before: [{ type: 'A', address: '10.0.0.9', ttl: 300 }, { type: 'AAAA', address: '2001:db8::9', ttl: 300 }],
    ...{ after: [ofRoom], changed: true, seen: true },
  }]);
  const own = (await dns('--ttl', '120')).output;
  assert.equal(
    own,
    `- ${NAME}. 60 A 10.0.0.7\n+ ${NAME}. 120 A 10.0.0.7\n` +
      `Make this change in the zone ${ZONE}? There is no terminal to ask on: say --yes\n`,
  );
});

test('addresses of both families, and several of one', { skip }, async (t) => {
  const { bind, dns } = await makeDnsRoom(t);
  const { code, output } = await dns('--yes', '--address', '2001:DB8:0:0::7, 10.0.0.8,10.0.0.7,10.0.0.8');
  assert.equal(code, 0, output);
  const ofRoom = (await bind.records()).filter((line) => line.startsWith(`${NAME}.\t60`)).map((line) =>
    line.split('\t')
  );
  assert.deepEqual(ofRoom.map((fields) => fields.slice(3).join(' ')).sort(), [
    ...['A 10.0.0.7', 'A 10.0.0.8', 'AAAA 2001:db8::7'],
  ]);
});

test(
  'the server can be known by an IPv6 address',
  { skip: skip || (!hasIPv6 && 'there is no ::1 here') },
  async (t) => {
    const { bind, dns } = await makeDnsRoom(t);
    const { code, output } = await dns('--yes', '--server', `[::1]:${bind.port}`);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`^${NAME} is written down at \\[::1\\]:${bind.port};`));
  },
);

for (const [name, what] of [[`free.${ZONE}`, 'an address'], [`free.web.${ZONE}`, 'an alias']] as const) {
  test(`a wildcard that gives the name ${what} is no record of the name`, { skip }, async (t) => {
    const { bind, dns } = await makeDnsRoom(t);
    const { code, output } = await dns('--yes', '--name', name);
    assert.equal(code, 0, output);
    assert.ok(output.endsWith(`sees it\n+ ${name}. 60 A 10.0.0.7\n`), output);
    assert.ok((await bind.records()).includes(`${name}.\t60\tIN\tA\t10.0.0.7`));
  });
}

test('a resolver that does not see it is waited for, and told with what it says and for how long', {
  skip,
}, async (t) => {
  const { bind, dns } = await makeDnsRoom(t);
  const late = await startBind(t, { zone: ZONE, records: OTHERS });
  const old = await startBind(t, { zone: ZONE, records: `${OTHERS}room A 10.0.0.9\n` });
  const mute = createSocket('udp4').bind(0, '127.0.0.1');
  await once(mute, 'listening');
  t.after(() => mute.close());
  const silent = `127.0.0.1:${mute.address().port}`;
  const cases = [
    [late.address, `knows no address, and may keep that for ${NONE_FOR_S} s more`],
    [old.address, 'says A 10.0.0.9, and may keep that for 300 s more'],
    [silent, `does not tell (Cannot ask ${silent} for ${NAME}: timed out)`],
  ] as const;
  for (const [resolver, says] of cases) {
    const { code, stdout, output } = await dns('--yes', '--json', '--resolver', resolver, '--within', '1s');
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout).seen, false);
    assert.ok(
      output.endsWith(
        `\nWaited 1 s in vain for ${NAME} to be A 10.0.0.7: ${bind.address} has it, but the resolver ${resolver} ${says}\n`,
      ),
      output,
    );
  }
});

test('the waiting ends when the resolver sees it', { skip }, async (t) => {
  const { dns } = await makeDnsRoom(t);
  const late = await startBind(t, { zone: ZONE, records: OTHERS });
  const waiting = dns('--yes', '--resolver', late.address, '--within', '1m');
  await late.asked(NAME);
  await late.change(`update add ${NAME}. 60 A 10.0.0.7`);
  const { code, output } = await waiting;
  assert.equal(code, 0, output);
});

test('a resolver that has kept that there is none sees it when it asks again', { skip }, async (t) => {
  const { bind, dns } = await makeDnsRoom(t);
  const resolver = await startResolver(t, bind);
  const server = parseServer('The resolver', resolver);
  assert.deepEqual((await dig({ server, name: NAME, type: 'A', isRecursive: true })).records, []);
  const { code, output } = await dns('--yes', '--resolver', resolver);
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`; the resolver ${resolver} sees it\n`));
});
