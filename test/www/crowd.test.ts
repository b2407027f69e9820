/** A class that opens the chapters and clones the repository in the same minute. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { createBareClone, git } from '../../testkit/bare-clone.ts';
import { eventually } from '../../testkit/eventually.ts';
import { temporaryFolder } from '../../testkit/machine.ts';
import { openFiles, residentBytes } from '../../testkit/program.ts';
import { startRole } from '../../testkit/role.ts';

const CLIENTS = 300;
const PACK_BYTES = 1_000_000;
/** In three rounds of 4500 answers: 12 kB that each of them left would be seen. Garbage that waits is half of it (measured). */
const MOST_GROWTH_BYTES = 150 * 2 ** 20;

test('300 clients at once get all pages and all files of the repository, and leave nothing behind', async (t) => {
  const bare = await createBareClone(t);
  await bare.commit('large.bin', randomBytes(PACK_BYTES), { packed: true });
  await bare.commit('after.txt', 'loose again\n');
  const www = await startRole(t, 'www', ['--www-repo', bare.folder]);
  const files = (await readdir(join(bare.folder, 'objects'), { recursive: true })).map((file) => `objects/${file}`);
  const served = [
    'HEAD',
    'info/refs',
    ...files.filter((file) => /\/[0-9a-f]{38}$|\.(pack|idx)$|info\/packs$/.test(file)),
  ];
  const chapters = (await (await fetch(www.url)).text()).match(/\/chapters\/[\w-]+/g)!;
  const paths = ['/', '/www.css', '/www.js', ...chapters, ...served.map((file) => `/coinroom.git/${file}`)];
  // A pack with its index, three loose objects of the last commit, and what says where all that is.
  assert.equal(served.length, 8);

  const visit = async (): Promise<number> => {
    let bytes = 0;
    for (const path of paths) {
      const response = await fetch(`${www.url}${path}`);
      assert.equal(response.status, 200, path);
      bytes += (await response.arrayBuffer()).byteLength;
    }
    return bytes;
  };
  const crowd = (): Promise<number[]> => Promise.all(Array.from({ length: CLIENTS }, visit));
  const [one] = await Promise.all([visit(), ...Array.from({ length: 20 }, visit)]);
  assert.ok(one > PACK_BYTES);
  // What so many answers at once take, the runtime keeps for the next time; only what comes on top of that would be lost.
  for (let n = 0; n < 2; n++) assert.deepEqual(new Set(await crowd()), new Set([one]));
  const before = residentBytes(www.pid);
  for (let n = 0; n < 3; n++) assert.deepEqual(new Set(await crowd()), new Set([one]));
  const grown = residentBytes(www.pid) - before;
  assert.ok(grown < MOST_GROWTH_BYTES, `it grew by ${(grown / 2 ** 20).toFixed()} MB`);

  const folder = await temporaryFolder(t);
  await Promise.all(Array.from({ length: 10 }, (_, n) => {
    return git(['clone', '--quiet', '--bare', `${www.url}/coinroom.git`, join(folder, String(n))]);
  }));
  assert.equal(await bare.log(join(folder, '9')), await bare.log());
  if (process.platform === 'linux') {
    await eventually(() => openFiles(www.pid).every((file) => !file.startsWith(bare.folder)), { what: 'closed files' });
  }
  assert.deepEqual(www.lines.filter((line) => !/"level":"info"/.test(line)), []);
});
