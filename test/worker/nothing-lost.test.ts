/**
 * Nothing lost, nothing counted twice: real workers on a real Redis, through everything that a classroom or a monkey can
 * do to them. Each test asserts that its fault really happened.
 */
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { eventually } from '../../testkit/eventually.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { type Cut, startBreakingProxy, startWaitAofStandIn } from '../../testkit/proxy.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';
import { type Account, closeAccount, metric, startMine } from '../../testkit/worker.ts';

const skip = unlessRedis;
const everysec = ['--appendonly', 'yes', '--appendfsync', 'everysec'];

async function open(t: Scope, url: string): Promise<Store> {
  const store = await openStore(url, { timeoutMs: 5000 });
  t.after(() => store.close());
  return store;
}

/** The store holds exactly what the workers had acknowledged, and the audit holds. */
async function assertNothingLost(store: Store, accounts: readonly Account[]): Promise<void> {
  const { ok, problems, ledger } = await audit(store, { strict: true });
  assert.deepEqual([ok, problems], [true, []]);
  const sum = (of: 'hashes' | 'coins'): number => accounts.reduce((total, account) => total + account[of], 0);
  assert.deepEqual(
    { hashes: ledger.hashes, coins: ledger.coins + ledger.duplicates },
    { hashes: sum('hashes'), coins: sum('coins') },
  );
}

test(
  '200 connections cut in the middle of requests and replies, and messages that arrive late',
  { skip },
  async (t) => {
    const redis = await startRedis(t);
    const proxy = await startBreakingProxy(t, { serverPort: redis.port, lateMs: () => 100 + Math.random() * 1500 });
    const { worker } = await startMine(t, `redis://127.0.0.1:${proxy.port}`);
    const kinds: Cut[] = ['request', 'reply', 'late', 'late'];
    const cuts = (): number => Object.values(proxy.counts).reduce((sum, count) => sum + count, 0);
    for (let n = 0; n < 200; n++) {
      const [before, recorded] = [cuts(), await metric(worker, 'worker_hashes_total')];
      proxy.cut(kinds[n % kinds.length]!);
      await eventually(() => cuts() > before, { what: `cut ${n}`, withinMs: 20_000, everyMs: 5 });
      const goesOn = async (): Promise<boolean> => await metric(worker, 'worker_hashes_total') > recorded;
      await eventually(goesOn, { what: `the mining to go on after cut ${n}`, everyMs: 5 });
    }
    const { code, ...account } = await closeAccount(worker);
    await eventually(() => proxy.delivered() === proxy.counts.late, { what: 'the late messages to arrive' });
    assert.equal(code, 0);
    assert.deepEqual(proxy.counts, { request: 50, reply: 50, late: 100 });
    assert.equal(account.lostBatches, 0);
    assert.ok(account.hashes > 200, `${account.hashes}`);
    await assertNothingLost(await open(t, redis.url), [account]);
  },
);

test(
  'Redis loses the last seconds five times, as in a power cut: what vanished is recorded again',
  { skip },
  async (t) => {
    let redis = await startRedis(t, { args: everysec });
    const { worker } = await startMine(t, redis.url, { loops: '2' });
    const other = await startMine(t, redis.url, { loops: '1' });
    const copy = join(await temporaryFolder(t), 'copy');
    for (let n = 1; n <= 5; n++) {
      await sleep(1500);
      await cp(redis.folder, copy, { recursive: true });
      await sleep(1200 + 300 * n);
      const before = Number(await redis.command('GET', 'hashes'));
      await redis.program.stop('SIGKILL');
      await rm(redis.folder, { recursive: true });
      await cp(copy, redis.folder, { recursive: true });
      await rm(copy, { recursive: true });
      // Nobody may write before it has been seen that something is missing.
      for (const one of [worker, other.worker]) process.kill(one.pid, 'SIGSTOP');
      redis = await startRedis(t, { port: redis.port, folder: redis.folder, args: everysec });
      const after = Number(await redis.command('GET', 'hashes'));
      assert.ok(after < before - 10, `cut ${n}: ${before} before, ${after} after`);
      for (const one of [worker, other.worker]) process.kill(one.pid, 'SIGCONT');
      await worker.line(/"store_went_back"/);
    }
    await sleep(1000);
    const accounts = [await closeAccount(worker), await closeAccount(other.worker)];
    assert.deepEqual(accounts.map(({ code, lostBatches }) => [code, lostBatches]), [[0, 0], [0, 0]]);
    assert.ok(worker.events('store_went_back').length >= 5);
    await assertNothingLost(await open(t, redis.url), accounts);
  },
);

test('FLUSHALL: mining goes on, and what is lost is counted to the batch', { skip }, async (t) => {
  const redis = await startRedis(t);
  const { worker } = await startMine(t, redis.url);
  await eventually(async () => await metric(worker, 'worker_hashes_total') > 100, { what: 'hashes' });
  // What is acknowledged for longer than five seconds the worker does not keep.
  await sleep(7000);
  await redis.command('FLUSHALL');
  const lost = await worker.event('store_lost_batches');
  assert.ok(Number(lost.lostBatches) > 50, JSON.stringify(lost));
  await sleep(500);
  const { code, ...account } = await closeAccount(worker);
  assert.equal(code, 0);
  // One batch is one hash here.
  const store = await open(t, redis.url);
  const { hashes } = await store.ledger();
  assert.equal(hashes, account.hashes - account.lostBatches);
  assert.equal((await audit(store, { strict: true })).ok, true);
});

test('with WAITAOF (a stand-in answers it) nothing is kept longer than until the next report', { skip }, async (t) => {
  const redis = await startRedis(t, { args: everysec });
  const standIn = await startWaitAofStandIn(t, redis.port);
  const { worker } = await startMine(t, `redis://127.0.0.1:${standIn.port}`);
  await eventually(() => standIn.asked() >= 3, { what: 'three questions' });
  const before = await metric(worker, 'worker_hashes_total');
  await redis.command('FLUSHALL');
  const lost = Number((await worker.event('store_lost_batches')).lostBatches);
  const { hashes, lostBatches } = await closeAccount(worker);
  assert.ok(lost > 0 && lostBatches >= lost);
  const store = await open(t, redis.url);
  assert.equal((await store.ledger()).hashes, hashes - lostBatches);
  // Of the first three seconds at least the first two were settled; five would have been kept without the answer.
  assert.ok(lostBatches > before / 3, `${lostBatches} of ${before}`);
});

test(
  'a full Redis stops the mining, says so, loses nothing, and lets it go on when there is room',
  { skip },
  async (t) => {
    const redis = await startRedis(t, { args: [...everysec, '--maxmemory-policy', 'noeviction'] });
    const { worker } = await startMine(t, redis.url);
    await eventually(async () => await metric(worker, 'worker_hashes_total') > 100, { what: 'hashes' });
    await redis.command('CONFIG', 'SET', 'maxmemory', '100000');
    const down = await worker.event('upstream_down');
    assert.match(String(down.error), /^OOM command not allowed/);
    const ready = await fetch(`${worker.url}/readyz`);
    assert.equal(ready.status, 503);
    assert.match(await ready.text(), /^not ready: the store takes no batches: OOM/);
    const stopped = await metric(worker, 'worker_hashes_total');
    await sleep(2500);
    assert.equal(await metric(worker, 'worker_hashes_total'), stopped);
    const store = await open(t, redis.url);
    const report = await eventually(async () => {
      const found = (await store.totals()).reports.map(({ json }) => JSON.parse(json));
      return found.find(({ upstreams }) => upstreams.store.ok === false);
    }, { what: 'the report that says so' });
    assert.match(report.upstreams.store.error, /^OOM/);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(async () => await metric(worker, 'worker_hashes_total') > stopped + 50, {
      what: 'the mining to go on',
    });
    const { code, ...account } = await closeAccount(worker);
    assert.deepEqual([code, account.lostBatches], [0, 0]);
    await assertNothingLost(store, [account]);
  },
);

test('SIGTERM in the middle of a batch drops nothing that is mined', { skip }, async (t) => {
  const redis = await startRedis(t);
  const accounts: Account[] = [];
  for (let n = 0; n < 5; n++) {
    const { worker } = await startMine(t, redis.url, { candidates: '2000', loops: '6' });
    await eventually(async () => await metric(worker, 'worker_hashes_total') > 10_000, { what: 'hashes' });
    await sleep(Math.random() * 50);
    const { code, ...account } = await closeAccount(worker);
    assert.equal(code, 0);
    accounts.push(account);
  }
  await assertNothingLost(await open(t, redis.url), accounts);
});

test('SIGTERM with the store down: exit 1 within 5 s, and the number of dropped batches', { skip }, async (t) => {
  const redis = await startRedis(t);
  const { worker } = await startMine(t, redis.url, { 'drain-ms': '1000' });
  await eventually(async () => await metric(worker, 'worker_hashes_total') > 50, { what: 'hashes' });
  await redis.program.stop('SIGKILL');
  await worker.event('upstream_down');
  const stoppedAt = performance.now();
  assert.deepEqual(await worker.stop('SIGTERM'), { code: 1, signal: null });
  assert.ok(performance.now() - stoppedAt < 5500, `${performance.now() - stoppedAt} ms`);
  const [dropped] = worker.events('dropped_batches');
  assert.ok(Number(dropped!.batches) >= 4 && Number(dropped!.hashes) >= 4, JSON.stringify(dropped));
});

test(
  'kill -9 of a worker: nothing is half recorded, and at most what was never acknowledged is missing',
  { skip },
  async (t) => {
    const redis = await startRedis(t);
    const store = await open(t, redis.url);
    for (let n = 0; n < 5; n++) {
      const { worker } = await startMine(t, redis.url, { candidates: '500' });
      await eventually(async () => await metric(worker, 'worker_hashes_total') > 2000, { what: 'hashes' });
      const before = await store.ledger();
      const acknowledged = await metric(worker, 'worker_hashes_total');
      await worker.stop('SIGKILL');
      const after = await store.ledger();
      assert.ok(after.hashes >= before.hashes && after.hashes >= acknowledged);
      const { ok, problems } = await audit(store, { strict: true });
      assert.deepEqual([ok, problems], [true, []]);
      assert.equal(after.hashes % 500, 0, 'a batch is there as a whole, or not at all');
    }
  },
);
