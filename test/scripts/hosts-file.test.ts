import assert from 'node:assert/strict';
import { chmod, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { addHosts, changeHostsFile, countHosts, removeHosts } from '../../scripts/lib/hosts-file.ts';
import { parseHosts } from '../../scripts/lib/hosts.ts';
import { temporaryFolder } from '../../testkit/machine.ts';

const LIST = '# the room\n10.0.0.1\n\n  2001:db8::1  # by the window\n# 10.0.0.9 is broken\nubuntu@node3.example.org';

test('a list from Windows, with a byte order mark and its line ends, is read as any other', () => {
  assert.deepEqual(parseHosts('\uFEFF10.0.0.1\r\n# two\r\n10.0.0.2 # here\r\n', 'ips.txt'), [
    { address: '10.0.0.1', line: 1 },
    { address: '10.0.0.2', line: 3 },
  ]);
});

test('addHosts() adds at the end and leaves the rest as it is', () => {
  assert.equal(addHosts(LIST, ['10.0.0.2', 'ubuntu@10.0.0.3']), `${LIST}\n10.0.0.2\nubuntu@10.0.0.3\n`);
  assert.equal(addHosts('', ['10.0.0.2']), '10.0.0.2\n');
  assert.equal(addHosts('10.0.0.1\n', []), '10.0.0.1\n');
});

test('addHosts() leaves those out that stand there, in whatever way they are written, and takes none twice', () => {
  const known = ['10.0.0.1', '2001:DB8:0::1', 'Node3.example.org.', 'root@10.0.0.1'];
  assert.equal(addHosts(LIST, known), LIST);
  assert.equal(addHosts('', ['10.0.0.2', 'ubuntu@10.0.0.2', '10.0.0.9']), '10.0.0.2\n10.0.0.9\n');
  assert.equal(addHosts(LIST, ['10.0.0.9']), `${LIST}\n10.0.0.9\n`, 'what is commented out does not stand there');
});

test('addHosts() puts a comment behind each, which cannot become an entry', () => {
  assert.equal(
    addHosts('10.0.0.1\n', ['10.0.0.2', '10.0.0.3'], 'spare\n6.6.6.6'),
    '10.0.0.1\n10.0.0.2  # spare 6.6.6.6\n10.0.0.3  # spare 6.6.6.6\n',
  );
});

test('addHosts() keeps the line ends and the byte order mark that a list has', () => {
  assert.equal(addHosts('\uFEFF10.0.0.1\r\n10.0.0.2', ['10.0.0.3']), '\uFEFF10.0.0.1\r\n10.0.0.2\r\n10.0.0.3\r\n');
  assert.equal(addHosts('\uFEFF', ['10.0.0.3']), '\uFEFF10.0.0.3\n');
});

test('addHosts() refuses what is no address', () => {
  for (
    const wrong of ['', '10.0.0.300', '-oProxyCommand=x', '10.0.0.1\n6.6.6.6', '10.0.0.1 # x', '10.0.0.1 10.0.0.2']
  ) {
    assert.throws(() => addHosts('', [wrong]), { name: 'RangeError', message: /^Cannot add a machine: / });
  }
});

test('removeHosts() takes lines out, in whatever way they are written, and no comment of others', () => {
  assert.equal(
    removeHosts(LIST, ['2001:DB8::0:1', 'node3.example.org', '10.0.0.9']),
    '# the room\n10.0.0.1\n\n# 10.0.0.9 is broken',
  );
  assert.equal(removeHosts('\uFEFF10.0.0.1\r\n10.0.0.2\r\n', ['root@10.0.0.1']), '\uFEFF10.0.0.2\r\n');
  assert.equal(removeHosts(LIST, ['10.0.0.77']), LIST);
  assert.equal(removeHosts('what is this?\n10.0.0.1\n', ['10.0.0.1']), 'what is this?\n');
});

test('a list of 10 000 machines is read, added to and taken apart within a second', () => {
  const addresses = Array.from({ length: 10_000 }, (_, at) => `2001:db8::${(at + 1).toString(16)}`);
  const from = performance.now();
  const text = addHosts('# all\n', addresses);
  assert.equal(parseHosts(text, 'ips.txt').length, 10_000);
  assert.equal(countHosts(text), 10_000);
  assert.equal(removeHosts(text, addresses), '# all\n');
  const ms = performance.now() - from;
  assert.ok(ms < 1000, `${ms} ms`);
});

test('changeHostsFile() makes a list that is not there, and says whether something has changed', async (t) => {
  const file = join(await temporaryFolder(t), 'ips.txt');
  assert.equal(changeHostsFile(file, (text) => text), false);
  assert.equal(changeHostsFile(file, (text) => addHosts(text, ['10.0.0.1'])), true);
  assert.equal(changeHostsFile(file, (text) => addHosts(text, ['10.0.0.1'])), false);
  assert.equal(await readFile(file, 'utf8'), '10.0.0.1\n');
});

test('changeHostsFile() leaves nothing beside the list, its rights as they were, and a link where it points', async (t) => {
  const folder = await temporaryFolder(t);
  const [file, link] = [join(folder, 'room.txt'), join(folder, 'ips.txt')];
  await writeFile(file, '10.0.0.1\n');
  await chmod(file, 0o640);
  await symlink('room.txt', link);
  changeHostsFile(link, (text) => addHosts(text, ['10.0.0.2']));
  assert.equal(await readFile(file, 'utf8'), '10.0.0.1\n10.0.0.2\n');
  assert.equal((await stat(file)).mode & 0o777, 0o640);
  assert.equal(await readlink(link), 'room.txt');
  assert.deepEqual((await readdir(folder)).sort(), ['ips.txt', 'room.txt']);
});

test('changeHostsFile() refuses a list in another encoding, and changes nothing of it', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'ips.txt');
  const texts = [Buffer.from('\uFEFF10.0.0.1\r\n', 'utf16le'), Buffer.from('# caf\xE9\n10.0.0.1\n', 'latin1')];
  for (const text of texts) {
    await writeFile(file, text);
    assert.throws(() => changeHostsFile(file, () => '10.0.0.2\n'), {
      message: new RegExp(`^Cannot read ${file}: .*valid`),
    });
    assert.deepEqual(await readFile(file), text);
    assert.deepEqual(await readdir(folder), ['ips.txt']);
  }
});

test('a list that cannot be written stays as it is, and nothing is left beside it', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'ips.txt');
  await writeFile(file, '10.0.0.1\n');
  assert.throws(() =>
    changeHostsFile(file, () => {
      throw new Error('no');
    }), { message: 'no' });
  assert.throws(() => changeHostsFile(join(file, 'ips.txt'), () => '10.0.0.2\n'), {
    message: /ENOTDIR|not a directory/i,
  });
  assert.equal(await readFile(file, 'utf8'), '10.0.0.1\n');
  assert.deepEqual(await readdir(folder), ['ips.txt']);
});
