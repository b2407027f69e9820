/** The end of a room with a name. */
import assert from 'node:assert/strict';
import { copyFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { unlessBind } from '../../../../testkit/bind.ts';
import { type DnsRoom, makeDnsRoom, NAME, ZONE } from '../../../../testkit/dns-room.ts';
import { type Scope, unlessInstalled } from '../../../../testkit/machine.ts';

const skip = unlessBind || unlessInstalled('ssh', 'apt-get install openssh-client');

/** With its name written down, and its machines in no list any more. */
async function makeOldRoom(t: Scope, args: readonly string[] = []): Promise<DnsRoom & { readonly others: string[] }> {
  const room = await makeDnsRoom(t);
  const others = await room.bind.records();
  const { code, output } = await room.dns('--yes', ...args);
  assert.equal(code, 0, output);
  await writeFile(join(room.folder, 'ips.txt'), '# all taken away\n');
  return { ...room, others };
}

async function isArchived(folder: string): Promise<boolean> {
  return !(await readdir(join(folder, '.workshop'))).includes('journal.jsonl');
}

test('close takes the name out of the zone, of which it has asked, and nothing else', { skip }, async (t) => {
  const { folder, bind, prep, others } = await makeOldRoom(t);
  const what = `lock 0 machines of 0: keys and passwords off, and take away the A record of ${NAME}`;
  assert.equal((await prep('close', '--dry-run')).output, `Would ${what}\n`);
  assert.match(
    (await prep('close')).output,
    new RegExp(`, and take away the A record of ${NAME}\\? There is no terminal`),
  );
  assert.notDeepEqual(await bind.records(), others);

  const { code, output } = await prep('close', '--yes');
  assert.equal(code, 0, output);
  assert.match(output, new RegExp(`\nTook away A 10\\.0\\.0\\.7 of ${NAME}\nThe secrets are gone; .*closed-`));
  assert.deepEqual(await bind.records(), others);
  assert.ok(await isArchived(folder));
  assert.match((await prep('close', '--yes')).output, /^The room is closed already; /);
});

test('a room that was given another name has both taken away', { skip }, async (t) => {
  const { bind, dns, prep, others } = await makeOldRoom(t, ['--address', '10.0.0.7,2001:db8::7']);
  await dns('--yes', '--name', `new.${ZONE}`);
  const { code, output } = await prep('close', '--yes');
  assert.equal(code, 0, output);
  const lines = [`Took away A 10.0.0.7, AAAA 2001:db8::7 of ${NAME}`, `Took away A 10.0.0.7 of new.${ZONE}`];
  assert.ok(output.includes(`\n${lines.join('\n')}\n`), output);
  assert.deepEqual(await bind.records(), others);
});

test('what somebody has put there since stays, and is named', { skip }, async (t) => {
  const { folder, bind, prep, others } = await makeOldRoom(t);
  await bind.change(`update delete ${NAME}. A`, `update add ${NAME}. 300 A 10.0.0.99`);
  const { code, output } = await prep('close', '--yes');
  assert.equal(code, 0, output);
  const line = `\nLEFT: ${NAME} has A 10.0.0.99, which this room did not put there\n`;
  assert.ok(output.includes(`\n${NAME} has nothing of this room any more${line}`), output);
  assert.deepEqual((await bind.records()).filter((one) => !others.includes(one)), [`${NAME}.\t300\tIN\tA\t10.0.0.99`]);
  assert.ok(await isArchived(folder));
});

test('an address that was there before the room, and one that came beside, stay', { skip }, async (t) => {
  const { bind, dns, prep, folder } = await makeDnsRoom(t, { records: 'room 60 A 10.0.0.8\n' });
  const before = await bind.records();
  await dns('--yes', '--address', '10.0.0.7,10.0.0.8');
  await bind.change(`update add ${NAME}. 60 A 10.0.0.99`);
  await writeFile(join(folder, 'ips.txt'), '# all taken away\n');
  const { output } = await prep('close', '--yes');
  assert.ok(output.includes(`LEFT: ${NAME} has A 10.0.0.8, A 10.0.0.99, which`), output);
  const after = (await bind.records()).filter((line) => !line.endsWith('10.0.0.99'));
  assert.deepEqual(after, before);
});

test('a name that cannot be taken away is told, and the only one to be tried by another run', { skip }, async (t) => {
  const { folder, bind, dns, prep, others } = await makeOldRoom(t);
  await copyFile(bind.keyFile, join(folder, 'other.key'));
  await dns('--yes', '--name', `new.${ZONE}`, '--key-file', 'other.key');
  const hidden = `${bind.keyFile}.hidden`;
  await rename(bind.keyFile, hidden);
  const failed = await prep('close', '--yes');
  assert.equal(failed.code, 1);
  const took = `\nTook away A 10.0.0.7 of new.${ZONE}\n`;
  const reason = 'Cannot read the key of the zone: ENOENT: ';
  assert.ok(failed.output.includes(`${took}LEFT: ${NAME} still points to 10.0.0.7: ${reason}`), failed.output);
  assert.ok(failed.output.endsWith('what was done to the room stays in .workshop\n'), failed.output);
  assert.ok(!await isArchived(folder));

  await rename(hidden, bind.keyFile);
  const { code, output } = await prep('close', '--yes');
  assert.equal(code, 0, output);
  assert.ok(!output.includes(`new.${ZONE}`), output);
  assert.deepEqual(await bind.records(), others);
  assert.ok(await isArchived(folder));
});
