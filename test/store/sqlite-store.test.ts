/** What only a file can do. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { temporaryFolder } from '../../testkit/machine.ts';
import { startRole } from '../../testkit/role.ts';

test('a file that is no database, a folder, and a place that cannot be are refused', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'text'), 'This is no database, but a text that is long enough to be looked at.');
  await mkdir(join(folder, 'folder'));
  for (const place of ['text', 'folder', join('text', 'below')]) {
    await assert.rejects(openStore(`sqlite:${join(folder, place)}`, { timeoutMs: 1000 }), {
      name: 'StoreUrlError',
      message: /^it must be a file that can be opened and written: /,
    });
  }
});

test('a file that must exist is not made', async (t) => {
  const file = join(await temporaryFolder(t), 'wallet.db');
  await assert.rejects(openStore(`sqlite:${file}`, { timeoutMs: 1000, mustExist: true }), {
    name: 'StoreUrlError',
    message: 'it must be a file that exists',
  });
});

test('an address of another kind is refused', async () => {
  await assert.rejects(openStore('http://x', { timeoutMs: 1000 }), {
    name: 'StoreUrlError',
    message: 'it must begin with redis://, rediss:// or sqlite:',
  });
});

test('a clock that is passed in is the one that counts', async (t) => {
  let now = 1000;
  const store = openSqliteStore(':memory:', { now: () => now });
  t.after(() => store.close());
  await store.record({ worker: 'w1', sequence: 1, hashes: 1, coins: [] });
  now = 1010.5;
  const totals = await store.totals();
  assert.deepEqual([totals.now, totals.timing.oldest], [1010.5, 1000]);
});

test('many processes may make one new file at once', async (t) => {
  const file = join(await temporaryFolder(t), 'wallet.db');
  const workers = Array.from({ length: 8 }, (_, at) => {
    const flags = [
      '--store-url',
      `sqlite:${file}`,
      '--rng-url',
      'http://127.0.0.1:1',
      '--hasher-url',
      'http://127.0.0.1:1',
    ];
    return startRole(t, 'worker', [...flags, '--loops', String(at + 1)]);
  });
  for (const worker of await Promise.all(workers)) await worker.event('mining');
});
