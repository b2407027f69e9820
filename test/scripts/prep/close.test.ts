/** The end of a room whose machines are gone already; on machines it is tested in room.test.ts. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';
import { runScript } from '../../../testkit/script.ts';

const skip = unlessInstalled('ssh', 'apt-get install openssh-client');

test('machines that stand in no list are gone: the secrets go, the journal is put aside, a new room begins anew', {
  skip,
}, async (t) => {
  const folder = await temporaryFolder(t);
  const prep = (...args: string[]) => runScript('prep', args, { cwd: folder, env: { LAB_NAME: 'coinroom-none' } });
  await writeFile(join(folder, 'ips.txt'), '192.0.2.1\n192.0.2.2\n');
  assert.equal((await prep('init', '--cluster-size', '1')).code, 0);
  await mkdir(join(folder, '.workshop', 'keys'));
  await writeFile(join(folder, '.workshop', 'keys', 'c1'), 'a secret');
  await writeFile(join(folder, '.workshop', 'passwords.json'), '{"c1":"bcdefghijknp"}');
  await writeFile(join(folder, 'ips.txt'), '# all taken away\n');

  const asked = await prep('close');
  assert.equal(asked.code, 1);
  assert.match(asked.output, /Lock 0 machines of 0.* say --yes/);
  const closed = await prep('close', '--yes');
  assert.equal(closed.code, 0, closed.output);
  assert.match(
    closed.output,
    /^No machine stands in a list any more\nThe secrets are gone; .* stays in \.workshop.closed-/m,
  );
  const [kept, ...others] = await readdir(join(folder, '.workshop'));
  assert.deepEqual(others, []);
  assert.match(await readFile(join(folder, '.workshop', kept!, 'journal.jsonl'), 'utf8'), /192\.0\.2\.2/);

  const again = await prep('close', '--yes');
  assert.deepEqual([again.code, /^The room is closed already/m.test(again.output)], [0, true]);
  await writeFile(join(folder, 'ips.txt'), '192.0.2.9\n');
  assert.match((await prep('init', '--cluster-size', '1')).output, /Numbered: c1$/m);
  assert.equal((await prep('close', 'c1')).code, 2);
});
