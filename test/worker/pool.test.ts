import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { candidateAt } from '../../src/worker/kernel/candidate.ts';
import { chooseKernel } from '../../src/worker/kernel-setting.ts';
import { createPool, type Pool, type Search } from '../../src/worker/pool.ts';
import type { Scope } from '../../testkit/machine.ts';

function open(t: Scope, threads: number, onReplaced = (): void => {}): Pool {
  const pool = createPool({ threads, kernel: chooseKernel('auto'), onReplaced });
  t.after(() => pool.close());
  return pool;
}

const task = (changes: Partial<Search> = {}): Search => ({
  seed: randomBytes(32),
  first: 0,
  count: 100,
  difficulty: 1,
  report: 'winners',
  ...changes,
});

test('the pool finds coins on every thread, each search its own', async (t) => {
  const pool = open(t, 2);
  const searches = Array.from({ length: 20 }, () => task());
  const all = await Promise.all(searches.map((search) => pool.search(search)));
  for (const [at, { tried, indices, digests }] of all.entries()) {
    assert.equal(tried, 100);
    for (const [n, index] of [...indices].entries()) {
      const candidate = candidateAt(searches[at]!.seed, index);
      const digest = Buffer.from(digests).toString('latin1', n * 64, n * 64 + 64);
      assert.equal(digest, createHash('sha256').update(candidate).digest('hex'));
    }
  }
  const coins = all.reduce((sum, { indices }) => sum + indices.length, 0);
  assert.ok(coins > 60 && coins < 200, `${coins} coins among 2000`);
});

test('the pool learns how much it can try in a time', async (t) => {
  const pool = open(t, 1);
  assert.equal(pool.candidatesIn(50), 1024);
  for (let n = 0; n < 5; n++) await pool.search(task({ count: 50_000 }));
  const learned = pool.candidatesIn(50);
  assert.ok(learned > 2000, `${learned}`);
});

test('stop() ends searches at once, with what they have tried; later ones try nothing', async (t) => {
  const pool = open(t, 1);
  const long = pool.search(task({ count: 2 ** 24, difficulty: 8 }));
  const queued = pool.search(task({ count: 2 ** 24, difficulty: 8 }));
  await sleep(200);
  const stoppedAt = performance.now();
  pool.stop();
  const { tried } = await long;
  assert.ok(tried > 0 && tried < 2 ** 24, `${tried}`);
  assert.equal((await queued).tried, 0);
  assert.equal((await pool.search(task())).tried, 0);
  assert.ok(performance.now() - stoppedAt < 1000);
});

test('a thread that dies is replaced, its other searches go on, and the one that killed it is given up', async (t) => {
  let replaced = 0;
  const pool = open(t, 2, () => replaced++);
  // A negative difficulty breaks the loop: the thread dies of it.
  const poison = pool.search(task({ difficulty: -1 }));
  const others = Array.from({ length: 10 }, () => pool.search(task({ count: 1000 })));
  await assert.rejects(poison, { message: 'Cannot search: 3 threads died of it' });
  for (const { tried } of await Promise.all(others)) assert.equal(tried, 1000);
  assert.equal(replaced, 3);
  assert.equal((await pool.search(task())).tried, 100);
});

test('searches that a thread had done before the one that it died of keep their answers', async (t) => {
  let replaced = 0;
  const pool = open(t, 1, () => replaced++);
  const before = Array.from({ length: 5 }, () => pool.search(task({ count: 1 })));
  const poison = pool.search(task({ difficulty: -1 }));
  await assert.rejects(poison, { message: 'Cannot search: 3 threads died of it' });
  for (const { tried } of await Promise.all(before)) assert.equal(tried, 1);
  assert.equal(replaced, 3);
});

test('close() resolves when all threads have ended, also in mid-search', async (t) => {
  const pool = open(t, 2);
  const search = pool.search(task({ count: 2 ** 24, difficulty: 8 }));
  await sleep(100);
  await pool.close();
  assert.ok((await search).tried < 2 ** 24);
});
