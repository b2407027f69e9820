/** One suite over both stores. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type Batch, hashSpeed, type Store } from '../../src/store/store.ts';
import { someCoins } from '../../testkit/coins.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';

const kinds = [
  {
    kind: 'redis',
    skip: unlessRedis,
    url: async (t: Scope) => (await startRedis(t)).url,
  },
  {
    kind: 'sqlite',
    skip: false as const,
    url: async (t: Scope) => `sqlite:${join(await temporaryFolder(t), 'new folder', 'wallet.db')}`,
  },
];

for (const { kind, skip, url } of kinds) {
  const open = async (t: Scope, address?: string): Promise<Store> => {
    const store = await openStore(address ?? await url(t), { timeoutMs: 5000 });
    t.after(() => store.close());
    return store;
  };

  test(`${kind}: an empty store knows nothing`, { skip }, async (t) => {
    const store = await open(t);
    const { now, ...rest } = await store.totals();
    assert.deepEqual(rest, {
      coins: 0,
      hashes: 0,
      duplicates: 0,
      timing: { hashes: 0, oldest: null, newest: null },
      newest: [],
      reports: [],
    });
    assert.ok(Math.abs(now - Date.now() / 1000) < 2);
    assert.deepEqual(await store.newestCoins(10), []);
  });

  test(`${kind}: batches in order count once`, { skip }, async (t) => {
    const store = await open(t);
    const [first, second] = [someCoins(3), someCoins(2)];
    assert.deepEqual(await store.record({ worker: 'w1', sequence: 1, hashes: 40, coins: first }), {
      outcome: 'recorded',
      last: 1,
      created: 3,
      duplicates: 0,
    });
    assert.deepEqual(await store.record({ worker: 'w1', sequence: 2, hashes: 2, coins: second }), {
      outcome: 'recorded',
      last: 2,
      created: 2,
      duplicates: 0,
    });
    const { coins, hashes, duplicates } = await store.totals();
    assert.deepEqual({ coins, hashes, duplicates }, { coins: 5, hashes: 42, duplicates: 0 });
  });

  test(`${kind}: the last batch again changes nothing and gets the same answer`, { skip }, async (t) => {
    const store = await open(t);
    const [old, fresh] = [someCoins(2), someCoins(3)];
    await store.record({ worker: 'w1', sequence: 1, hashes: 2, coins: old });
    const batch = { worker: 'w1', sequence: 2, hashes: 50, coins: [...old, ...fresh] };
    const answer = await store.record(batch);
    assert.deepEqual(answer, { outcome: 'recorded', last: 2, created: 3, duplicates: 2 });
    const before = await store.totals();
    for (let n = 0; n < 3; n++) assert.deepEqual(await store.record(batch), answer);
    const after = await store.totals();
    assert.deepEqual({ ...after, now: 0 }, { ...before, now: 0 });
    assert.equal((await store.newestCoins(100)).length, 5);
  });

  test(`${kind}: an older batch is stale and a later one leaves a gap; nothing changes`, { skip }, async (t) => {
    const store = await open(t);
    const record = (sequence: number) => store.record({ worker: 'w1', sequence, hashes: 5, coins: someCoins(1) });
    assert.deepEqual(await record(2), { outcome: 'gap', last: 0 });
    for (const sequence of [1, 2, 3]) assert.equal((await record(sequence)).outcome, 'recorded');
    const before = await store.totals();
    assert.deepEqual(await record(2), { outcome: 'stale', last: 3 });
    assert.deepEqual(await record(5), { outcome: 'gap', last: 3 });
    assert.deepEqual({ ...await store.totals(), now: 0 }, { ...before, now: 0 });
    assert.equal((await record(4)).outcome, 'recorded');
  });

  test(
    `${kind}: the first batch of a new id closes the old ones for good, if they are where it believes`,
    { skip },
    async (t) => {
      const store = await open(t);
      const record = (worker: string, sequence: number, closes?: { worker: string; last: number }[]) =>
        store.record({ worker, sequence, hashes: 1, coins: someCoins(1), ...(closes ? { closes } : {}) });
      for (const sequence of [1, 2, 3]) await record('a', sequence);
      const answer = await record('c', 1, [{ worker: 'a', last: 2 }, { worker: 'b', last: 0 }]);
      assert.deepEqual(answer, { outcome: 'moved', last: 0, lasts: [3, 0] });
      assert.deepEqual(await record('a', 4), { outcome: 'recorded', last: 4, created: 1, duplicates: 0 });

      const closing = { worker: 'd', sequence: 1, hashes: 1, coins: someCoins(1) };
      const closes = [{ worker: 'a', last: 4 }, { worker: 'b', last: 0 }, { worker: 'c', last: 0 }];
      const closed = { outcome: 'recorded', last: 1, created: 1, duplicates: 0 };
      assert.deepEqual(await store.record({ ...closing, closes }), closed);
      assert.deepEqual(await store.record({ ...closing, closes }), closed, 'the same again');
      const before = await store.totals();
      assert.deepEqual(await record('a', 5), { outcome: 'closed', last: 4 });
      assert.deepEqual(await record('a', 3), { outcome: 'closed', last: 4 });
      assert.deepEqual(await record('b', 1), { outcome: 'closed', last: 0 });
      assert.deepEqual(await record('c', 1), { outcome: 'closed', last: 0 });
      assert.deepEqual({ ...await store.totals(), now: 0 }, { ...before, now: 0 });
      assert.equal((await record('d', 2)).outcome, 'recorded');
      assert.equal((await audit(store, { strict: true })).ok, true);
    },
  );

  test(`${kind}: only the first batch of an id closes others`, { skip }, async (t) => {
    const store = await open(t);
    await store.record({ worker: 'a', sequence: 1, hashes: 1, coins: [] });
    const late = { worker: 'a', sequence: 2, hashes: 1, coins: [], closes: [{ worker: 'b', last: 0 }] };
    await assert.rejects(store.record(late), {
      name: 'RangeError',
      message: /only the first one of an id closes others/,
    });
  });

  test(
    `${kind}: a report tells what of the worker is on the disk for good, 0 where that cannot be told`,
    { skip },
    async (t) => {
      const store = await open(t);
      for (const sequence of [1, 2]) await store.record({ worker: 'w1', sequence, hashes: 1, coins: [] });
      const expected = kind === 'sqlite' ? 2 : 0;
      assert.equal(await store.report('w1', '{"rate":1}', 60_000), expected);
      assert.equal(await store.report('w2', '{"rate":1}', 60_000), 0);
    },
  );

  test(`${kind}: the ledger tells what each id has had recorded, and which take no more`, { skip }, async (t) => {
    const store = await open(t);
    const record = (worker: string, sequence: number, rest: Partial<Batch> = {}) =>
      store.record({ worker, sequence, hashes: 10, coins: someCoins(2), ...rest });
    await record('b', 1);
    await record('b', 2, { hashes: 5, coins: [] });
    await record('b', 2, { hashes: 5, coins: [] });
    await record('a', 1, { closes: [{ worker: 'b', last: 2 }, { worker: 'c', last: 0 }] });
    await store.report('d', '{"rate":1}', 60_000);
    assert.deepEqual((await store.ledger()).workers, [
      { id: 'a', last: 1, closed: false, hashes: 10, coins: 2 },
      { id: 'b', last: 2, closed: true, hashes: 15, coins: 2 },
      { id: 'c', last: 0, closed: true, hashes: 0, coins: 0 },
    ]);
  });

  test(`${kind}: workers do not share sequence numbers`, { skip }, async (t) => {
    const store = await open(t);
    for (const worker of ['w1', 'w2', 'w3']) {
      const { outcome } = await store.record({ worker, sequence: 1, hashes: 1, coins: [] });
      assert.equal(outcome, 'recorded');
    }
    assert.equal((await store.totals()).hashes, 3);
  });

  test(`${kind}: a coin found again is a duplicate, in another batch or in its own`, { skip }, async (t) => {
    const store = await open(t);
    const coins = someCoins(3);
    await store.record({ worker: 'w1', sequence: 1, hashes: 9, coins });
    const again = [...coins.slice(0, 2), ...someCoins(1)];
    const answer = await store.record({ worker: 'w2', sequence: 1, hashes: 9, coins: [...again, again[2]!] });
    assert.deepEqual(answer, { outcome: 'recorded', last: 1, created: 1, duplicates: 3 });
    const { coins: distinct, duplicates } = await store.totals();
    assert.deepEqual([distinct, duplicates], [4, 3]);
  });

  test(`${kind}: a batch that breaks its own rules is refused`, { skip }, async (t) => {
    const store = await open(t);
    const good = { worker: 'w1', sequence: 1, hashes: 1, coins: [] };
    const cases: [object, RegExp][] = [
      [{ sequence: 0 }, /its sequence must be a whole number from 1; got 0/],
      [{ sequence: 1.5 }, /got 1.5/],
      [{ hashes: 0 }, /its hashes must be a whole number from 1; got 0/],
      [{ hashes: 1, coins: someCoins(2) }, /its hashes must be a whole number from 2; got 1/],
      [{ worker: 'a b' }, /a worker's id is 1 to 200 letters, digits/],
    ];
    for (const [wrong, message] of cases) {
      await assert.rejects(store.record({ ...good, ...wrong }), { name: 'RangeError', message });
    }
    assert.equal((await store.totals()).hashes, 0);
  });

  test(`${kind}: large batches are recorded whole`, { skip }, async (t) => {
    const store = await open(t);
    const coins = someCoins(9000, 8);
    assert.deepEqual(await store.record({ worker: 'w1', sequence: 1, hashes: 9000, coins }), {
      outcome: 'recorded',
      last: 1,
      created: 9000,
      duplicates: 0,
    });
    assert.equal((await store.totals()).coins, 9000);
    const { ok, verified } = await audit(store);
    assert.deepEqual({ ok, verified }, { ok: true, verified: 9000 });
  });

  test(`${kind}: counters keep all their digits`, { skip }, async (t) => {
    const store = await open(t);
    const many = 2 ** 52;
    await store.record({ worker: 'w1', sequence: 1, hashes: many, coins: [] });
    await store.record({ worker: 'w1', sequence: 2, hashes: 3, coins: [] });
    assert.equal((await store.totals()).hashes, many + 3);
    assert.equal((await store.ledger()).recordedHashes, many + 3);
  });

  test(`${kind}: timing keeps the last 1000 batches, by the store's clock`, { skip }, async (t) => {
    const store = await open(t);
    for (let sequence = 1; sequence <= 1100; sequence++) {
      await store.record({ worker: 'w1', sequence, hashes: sequence <= 100 ? 1000 : 2, coins: [] });
    }
    const { now, timing, hashes } = await store.totals();
    assert.equal(timing.hashes, 2000, 'the first hundred are gone');
    assert.equal(hashes, 100_000 + 2000);
    assert.ok(timing.oldest! < timing.newest! && timing.newest! <= now);
    assert.ok(now - timing.newest! < 5);
  });

  test(
    `${kind}: hash speed is the number of kept hashes by their age, to the letter with one hash a batch`,
    { skip },
    async (t) => {
      const store = await open(t);
      for (let sequence = 1; sequence <= 5; sequence++) {
        await store.record({ worker: 'w1', sequence, hashes: 1, coins: [] });
      }
      assert.equal(hashSpeed(await store.totals()), null, 'not in the first second');
      await sleep(1100);
      const totals = await store.totals();
      assert.equal(hashSpeed(totals), 5 / (totals.now - totals.timing.oldest!));
      assert.ok(hashSpeed(totals)! > 2 && hashSpeed(totals)! < 5);
    },
  );

  test(
    `${kind}: newest coins come newest first, with who found them and when; duplicates are not among them`,
    { skip },
    async (t) => {
      const store = await open(t);
      const coins = someCoins(5);
      await store.record({ worker: 'w1', sequence: 1, hashes: 3, coins: coins.slice(0, 3) });
      await store.record({ worker: 'w2', sequence: 1, hashes: 3, coins: [coins[0]!, coins[3]!, coins[4]!] });
      const newest = await store.newestCoins(4);
      assert.deepEqual((await store.totals({ newestCoins: 4 })).newest, newest);
      assert.deepEqual((await store.totals()).newest, []);
      assert.deepEqual(newest.map(({ hash, worker }) => [hash, worker]), [
        [coins[4]!.hash, 'w2'],
        [coins[3]!.hash, 'w2'],
        [coins[2]!.hash, 'w1'],
        [coins[1]!.hash, 'w1'],
      ]);
      assert.deepEqual(
        newest.map(({ origin }) => Buffer.from(origin)),
        [4, 3, 2, 1].map((at) => Buffer.from(coins[at]!.origin)),
      );
      for (const { at } of newest) assert.ok(Math.abs(at - Date.now() / 1000) < 5);
    },
  );

  test(`${kind}: reports are kept for their time, the last of each worker`, { skip }, async (t) => {
    const store = await open(t);
    await store.report('w1', '{"rate":1}', 60_000);
    await store.report('w1', '{"rate":2}', 60_000);
    await store.report('w2', '{"rate":3}', 50);
    await sleep(80);
    const { reports, now } = await store.totals();
    assert.deepEqual(reports.map(({ id, json }) => [id, JSON.parse(json).rate]), [['w1', 2]]);
    assert.ok(now - reports[0]!.at < 5);
  });

  test(`${kind}: what was recorded is there after closing and opening again`, { skip }, async (t) => {
    const address = await url(t);
    const first = await openStore(address, { timeoutMs: 5000 });
    const coins = someCoins(2);
    await first.record({ worker: 'w1', sequence: 1, hashes: 7, coins });
    await first.close();
    const second = await open(t, address);
    assert.equal((await second.totals()).coins, 2);
    assert.deepEqual(await second.record({ worker: 'w1', sequence: 1, hashes: 7, coins }), {
      outcome: 'recorded',
      last: 1,
      created: 2,
      duplicates: 0,
    });
    assert.equal((await second.totals()).hashes, 7);
  });

  test(`${kind}: two openers of one store do not lose each other's batches`, { skip }, async (t) => {
    const address = await url(t);
    const stores = [await open(t, address), await open(t, address)];
    await Promise.all(stores.map(async (store, at) => {
      for (let sequence = 1; sequence <= 50; sequence++) {
        await store.record({ worker: `w${at}`, sequence, hashes: 1, coins: someCoins(1) });
      }
    }));
    const { coins, hashes } = await stores[0]!.totals();
    assert.deepEqual([coins, hashes], [100, 100]);
  });

  test(`${kind}: the audit holds for what was recorded`, { skip }, async (t) => {
    const store = await open(t);
    const coins = someCoins(20);
    await store.record({ worker: 'w1', sequence: 1, hashes: 300, coins });
    await store.record({ worker: 'w2', sequence: 1, hashes: 100, coins: [...coins.slice(0, 4), ...someCoins(1)] });
    assert.deepEqual(await audit(store, { strict: true }), {
      ok: true,
      verified: 21,
      ledger: {
        ...{ coins: 21, hashes: 400, duplicates: 4, recordedCoins: 25, recordedHashes: 400 },
        workers: [
          { id: 'w1', last: 1, closed: false, hashes: 300, coins: 20 },
          { id: 'w2', last: 1, closed: false, hashes: 100, coins: 5 },
        ],
      },
      foreign: 0,
      wrongCoins: 0,
      problems: [],
    });
  });

  test(`${kind}: the audit finds what has become less since an earlier one`, { skip }, async (t) => {
    const store = await open(t);
    await store.record({ worker: 'w1', sequence: 1, hashes: 300, coins: someCoins(2) });
    const { ledger } = await audit(store);
    assert.equal((await audit(store, { since: ledger })).ok, true);
    const workers = [{ ...ledger.workers[0]!, last: 4 }, { ...ledger.workers[0]!, id: 'w2' }];
    const { ok, problems } = await audit(store, { since: { ...ledger, coins: 5, hashes: 301, workers } });
    assert.equal(ok, false);
    assert.deepEqual(problems, [
      'coins went from 5 down to 2 since the earlier audit',
      'hashes went from 301 down to 300 since the earlier audit',
      'the last batch of w1 went from 4 down to 1 since the earlier audit',
      'the last batch of w2 went from 1 down to 0 since the earlier audit',
    ]);
    const { workers: _, ...older } = ledger;
    assert.equal((await audit(store, { since: older })).ok, true, 'the first audits told of no single workers');
  });
}
