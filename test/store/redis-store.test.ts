/** What only a shared Redis can do: outages, strangers, and the ancestor's data. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../../src/store/audit.ts';
import { seededRandom } from '../../src/service/random.ts';
import { openStore } from '../../src/store/open-store.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { someCoins } from '../../testkit/coins.ts';
import { eventually } from '../../testkit/eventually.ts';
import type { Scope } from '../../testkit/machine.ts';
import { freePort } from '../../testkit/ports.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';

const skip = unlessRedis;

async function open(t: Scope, url: string, timeoutMs = 2000): Promise<Store> {
  const store = await openStore(url, { timeoutMs });
  t.after(() => store.close());
  return store;
}

test(
  'a Redis that is not there makes calls fail with the reason, and is used once it is there',
  { skip },
  async (t) => {
    const port = await freePort();
    const store = await open(t, `redis://127.0.0.1:${port}`);
    await assert.rejects(store.totals(), { message: /^Cannot reach Redis: .*ECONNREFUSED/ });
    await startRedis(t, { port });
    const totals = await eventually(() => store.totals(), { what: 'the store to come back' });
    assert.equal(totals.coins, 0);
  },
);

test('a Redis that does not answer fails the call after its time', { skip }, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url, 300);
  await store.totals();
  process.kill(redis.program.pid, 'SIGSTOP');
  const started = performance.now();
  await assert.rejects(store.totals(), { message: 'Redis did not answer within 300 ms' });
  assert.ok(performance.now() - started < 1500);
  process.kill(redis.program.pid, 'SIGCONT');
  await eventually(() => store.totals(), { what: 'the store to answer again' });
});

test('a Redis that has forgotten its scripts is told them again', { skip }, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url);
  await store.record({ worker: 'w1', sequence: 1, hashes: 1, coins: [] });
  await redis.command('SCRIPT', 'FLUSH');
  await store.record({ worker: 'w1', sequence: 2, hashes: 1, coins: [] });
  assert.equal((await store.totals()).hashes, 2);
});

test('what DockerCoins wrote is read and continued, and is foreign to the audit', { skip }, async (t) => {
  const redis = await startRedis(t);
  const theirs = someCoins(3);
  for (const { hash, origin } of theirs) {
    const { createClient } = await import('redis');
    const client = createClient({ url: redis.url });
    await client.connect();
    await client.hSet('wallet', hash, Buffer.from(origin));
    await client.incrBy('hashes', 16);
    await client.close();
  }
  const store = await open(t, redis.url);
  await store.record({ worker: 'w1', sequence: 1, hashes: 10, coins: [theirs[0]!, ...someCoins(1)] });
  const { coins, hashes, duplicates } = await store.totals();
  assert.deepEqual({ coins, hashes, duplicates }, { coins: 4, hashes: 58, duplicates: 1 });
  const lenient = await audit(store);
  assert.deepEqual([lenient.ok, lenient.foreign, lenient.verified], [true, 3, 4]);
  const strict = await audit(store, { strict: true });
  assert.deepEqual([strict.ok, strict.problems], [
    false,
    ['coins 4 + duplicates 1 = 5, but the workers had 2 recorded: 3 are foreign'],
  ]);
});

test('the audit names the first 20 wrong coins and counts all, whatever a stranger wrote', { skip }, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url);
  await store.record({ worker: 'w1', sequence: 1, hashes: 100, coins: someCoins(5) });
  for (let n = 0; n < 30; n++) await redis.command('HSET', 'wallet', `not a hash \u001b[2J ${n}`, 'x');
  const noCoin = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  await redis.command('HSET', 'wallet', noCoin, 'abc');
  const report = await audit(store);
  assert.deepEqual([report.ok, report.wrongCoins, report.verified, report.problems.length], [false, 31, 36, 20]);
  // deno-lint-ignore no-control-regex -- a control character is what must not be there
  assert.doesNotMatch(report.problems.join(''), /\u001b/);
  await redis.command('FLUSHALL');
  await redis.command('HSET', 'wallet', noCoin, 'abc');
  assert.deepEqual((await audit(store)).problems, [`coin "${noCoin}": it does not begin with a zero`]);
});

test('the audit sees coins that were lost', { skip }, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url);
  const coins = someCoins(5);
  await store.record({ worker: 'w1', sequence: 1, hashes: 100, coins });
  await redis.command('HDEL', 'wallet', coins[0]!.hash, coins[1]!.hash);
  assert.deepEqual((await audit(store)).problems, [
    'coins 3 + duplicates 0 = 3, but the workers had 5 recorded: 2 are lost',
  ]);
});

test('rubbish in the lists of the page does not break it', { skip }, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url);
  const [coin] = someCoins(1);
  await store.record({ worker: 'w1', sequence: 1, hashes: 1, coins: [coin!] });
  await redis.command('LPUSH', 'recent', '<script>alert(1)</script>', 'a b c', '');
  await redis.command('LPUSH', 'timing', 'rubbish', '1 2 3 x');
  await redis.command('SADD', 'workers', 'ghost');
  await redis.command('SET', 'report:ghost', '{"rate":1}');
  // An origin as long as a stranger likes is not handed on whole.
  await redis.command('HSET', 'wallet', '0a', 'x'.repeat(1000), '0b', 'y'.repeat(100_000));
  await redis.command('LPUSH', 'recent', '0a 7.5 me', `0b 8.5 ${'w'.repeat(1000)}`);
  assert.deepEqual(
    (await store.newestCoins(10)).map(({ hash, origin, originBytes, at, worker }) => [
      hash,
      origin.length,
      originBytes,
      at === 7.5 || at === 8.5,
      worker.length,
    ]),
    [['0b', 0, 100_000, true, 200], ['0a', 64, 1000, true, 2], [coin!.hash, 32, 32, false, 2]],
  );
  const { reports, timing } = await store.totals();
  assert.deepEqual(reports, []);
  assert.equal(timing.hashes, 3, 'the one batch, and what looks like one');
});

test('an id that was idle for an hour is retired by the records of others; sums stay true and it is judged as before', {
  skip,
}, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url);
  const coins = someCoins(3);
  await store.record({ worker: 'old', sequence: 1, hashes: 40, coins });
  await store.record({ worker: 'old', sequence: 2, hashes: 2, coins: [coins[0]!] });
  await store.record({ worker: 'closed', sequence: 1, hashes: 1, coins: [] });
  await store.record({ worker: 'young', sequence: 1, hashes: 1, coins: [], closes: [{ worker: 'closed', last: 1 }] });
  const hourAgo = String(Date.now() / 1000 - 3601);
  for (const id of ['old', 'closed']) await redis.command('HSET', `worker:${id}`, 'at', hourAgo);
  await redis.command('SADD', 'workers', 'ghost');
  for (let sequence = 2; sequence <= 60; sequence++) {
    await store.record({ worker: 'young', sequence, hashes: 1, coins: [] });
  }
  assert.deepEqual(await redis.command('SMEMBERS', 'workers'), ['young']);
  assert.equal(await redis.command('EXISTS', 'worker:old', 'worker:closed'), 0);
  assert.deepEqual(await store.ledger(), {
    coins: 3,
    hashes: 103,
    duplicates: 1,
    recordedCoins: 4,
    recordedHashes: 103,
    workers: [
      { id: 'closed', last: 1, closed: true, hashes: null, coins: null },
      { id: 'old', last: 2, closed: false, hashes: null, coins: null },
      { id: 'young', last: 60, closed: false, hashes: 60, coins: 0 },
    ],
  });

  const again = { worker: 'old', sequence: 2, hashes: 2, coins: [coins[0]!] };
  assert.deepEqual(await store.record(again), { outcome: 'recorded', last: 2, created: 0, duplicates: 1 });
  assert.deepEqual(await store.record({ ...again, sequence: 1 }), { outcome: 'stale', last: 2 });
  assert.deepEqual(await store.record({ ...again, sequence: 4 }), { outcome: 'gap', last: 2 });
  assert.deepEqual(await store.record({ ...again, worker: 'closed', sequence: 2 }), { outcome: 'closed', last: 1 });
  assert.deepEqual(await store.record({ ...again, sequence: 3 }), {
    outcome: 'recorded',
    last: 3,
    created: 0,
    duplicates: 1,
  });
  assert.deepEqual((await redis.command('SMEMBERS', 'workers') as string[]).sort(), ['old', 'young']);
  const { ok, ledger } = await audit(store, { strict: true });
  assert.deepEqual([ok, ledger.recordedCoins, ledger.recordedHashes], [true, 5, 105]);
  const woken = { id: 'old', last: 3, closed: false, hashes: null, coins: null };
  assert.deepEqual(ledger.workers[1], woken, 'most of its sums were folded');
});

test('an id can be closed after it was retired', { skip }, async (t) => {
  const redis = await startRedis(t);
  const store = await open(t, redis.url);
  await store.record({ worker: 'old', sequence: 1, hashes: 1, coins: [] });
  await redis.command('HSET', 'worker:old', 'at', '1000');
  for (let sequence = 1; sequence <= 30; sequence++) {
    await store.record({ worker: 'w', sequence, hashes: 1, coins: [] });
  }
  assert.equal(await redis.command('EXISTS', 'worker:old'), 0);
  const closes = [{ worker: 'old', last: 1 }];
  assert.equal((await store.record({ worker: 'new', sequence: 1, hashes: 1, coins: [], closes })).outcome, 'recorded');
  assert.deepEqual(await store.record({ worker: 'old', sequence: 2, hashes: 1, coins: [] }), {
    outcome: 'closed',
    last: 1,
  });
});

test('Redis and SQLite give the same answers to thousands of batches in any order', { skip }, async (t) => {
  const redis = await open(t, (await startRedis(t)).url);
  const sqlite = openSqliteStore(':memory:');
  const random = seededRandom(42);
  const pick = (count: number): number => Math.floor(random() * count);
  const coins = someCoins(200);
  const outcomes = new Set<string>();
  for (let n = 0; n < 3000; n++) {
    const sequence = 1 + pick(pick(2) === 0 ? 2 : 6);
    const closes = Array.from({ length: pick(3) }, () => ({ worker: `w${pick(40)}`, last: pick(3) }));
    const some = Array.from({ length: pick(4) }, () => coins[pick(coins.length)]!);
    const batch = {
      worker: `w${pick(40)}`,
      sequence,
      hashes: 4,
      coins: some,
      ...(sequence === 1 && closes.length > 0 ? { closes } : {}),
    };
    const [one, other] = [await redis.record(batch), await sqlite.record(batch)];
    assert.deepEqual(one, other, JSON.stringify({ n, ...batch, coins: some.length }));
    outcomes.add(one.outcome);
  }
  assert.deepEqual(await redis.ledger(), await sqlite.ledger());
  assert.deepEqual([...outcomes].sort(), ['closed', 'gap', 'moved', 'recorded', 'stale']);
});
