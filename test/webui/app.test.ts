import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/service/log.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createWebuiApp } from '../../src/webui/app.ts';
import { type Hub, startHub } from '../../src/webui/hub.ts';
import type { Snapshot } from '../../src/webui/snapshot.ts';
import { someCoins } from '../../testkit/coins.ts';
import { testIdentity } from '../../testkit/identity.ts';
import type { Scope } from '../../testkit/machine.ts';
import { someReport } from '../../testkit/report.ts';

function open(t: Scope, store: Store = openSqliteStore(':memory:'), everyMs = 20) {
  const hub: Hub = startHub({ store, title: 'cluster 3', version: '1.2.3', log: silentLog, everyMs });
  t.after(async () => {
    await hub.close();
    await store.close();
  });
  const pageFiles = new Map([['/', { type: 'text/html; charset=utf-8', body: '<p>page' }]]);
  return { store, hub, app: createWebuiApp({ identity: testIdentity, hub, store, pageFiles }) };
}

async function json(app: ReturnType<typeof open>['app']): Promise<Snapshot> {
  return await (await app.request('/json')).json() as Snapshot;
}

test('GET /json follows the store', async (t) => {
  const { store, hub, app } = open(t);
  await store.record({ worker: 'w1', sequence: 1, hashes: 40, coins: someCoins(3) });
  await store.report('w1', JSON.stringify(someReport()), 60_000);
  await hub.next();
  await hub.next();
  const { coins, hashes, duplicates, workers, upstreams, title } = await json(app);
  assert.deepEqual({ coins, hashes, duplicates, title }, { coins: 3, hashes: 40, duplicates: 0, title: 'cluster 3' });
  assert.deepEqual(workers.map(({ id, rate }) => [id, rate]), [['w1', 3.33]]);
  assert.equal(upstreams.store.ok, true);
  assert.equal(upstreams.rng.p50Ms, 100);
});

test('a store that dies is shown, with the last numbers known and no speed, and its return too', async (t) => {
  const store = openSqliteStore(':memory:');
  let isDead = false;
  const mortal: Store = { ...store, totals: () => isDead ? Promise.reject(new Error('no route')) : store.totals() };
  const { hub, app } = open(t, mortal);
  await store.record({ worker: 'w1', sequence: 1, hashes: 40, coins: [] });
  await hub.next();
  await hub.next();
  isDead = true;
  await hub.next();
  await hub.next();
  const dead = await json(app);
  assert.deepEqual([dead.hashes, dead.hash_speed_10s], [40, null]);
  assert.deepEqual([dead.upstreams.store.ok, dead.upstreams.store.error], [false, 'no route']);
  assert.ok(dead.now - dead.upstreams.store.since! < 5);
  assert.equal((await app.request('/readyz')).status, 200, 'the page can be served, and says what is wrong');
});

test('GET /events sends the same once a turn, as server-sent events', async (t) => {
  const { app, hub } = open(t);
  const response = await app.request('/events');
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events: Snapshot[] = [];
  while (events.length < 3) {
    const { value } = await reader.read();
    for (const [, data] of value!.matchAll(/^data: (.*)$/gm)) events.push(JSON.parse(data!));
  }
  assert.ok(events.every(({ title }) => title === 'cluster 3'));
  assert.match(await (await app.request('/metrics')).text(), /^webui_open_pages 1$/m);
  await reader.cancel();
  await hub.next();
  await hub.next();
  assert.match(await (await app.request('/metrics')).text(), /^webui_open_pages 0$/m);
});

test('the stream ends when the webui stops', async (t) => {
  const { app, hub } = open(t);
  const response = await app.request('/events');
  const text = response.text();
  await hub.next();
  await hub.close();
  assert.match(await text, /^data: \{/);
});

test('many pages cost the store one reading a turn', async (t) => {
  const store = openSqliteStore(':memory:');
  let readings = 0;
  const counted: Store = {
    ...store,
    totals: () => {
      readings++;
      return store.totals();
    },
  };
  const { app, hub } = open(t, counted, 50);
  await Promise.all(Array.from({ length: 50 }, () => app.request('/json')));
  const pages = await Promise.all(Array.from({ length: 50 }, () => app.request('/events')));
  const before = readings;
  for (let turn = 0; turn < 4; turn++) await hub.next();
  assert.ok(readings - before <= 5, `${readings - before} readings in 4 turns`);
  await Promise.all(pages.map((page) => page.body!.cancel()));
});

test('GET /coins lists the newest coins with the length of their origin', async (t) => {
  const { app, store } = open(t);
  const coins = [...someCoins(25), ...someCoins(1, 4)];
  await store.record({ worker: 'w1', sequence: 1, hashes: 99, coins });
  const rows = await (await app.request('/coins')).json() as Record<string, unknown>[];
  assert.equal(rows.length, 20);
  const newest = coins.at(-1)!;
  assert.deepEqual({ ...rows[0], at: 0 }, {
    hash: newest.hash,
    origin: Buffer.from(newest.origin).toString('hex'),
    originBytes: 4,
    at: 0,
    worker: 'w1',
  });
  assert.equal((await (await app.request('/coins?limit=26')).json() as unknown[]).length, 26);
});

test('GET /coins refuses limits that are none, and says when the store does not answer', async (t) => {
  const { app } = open(t);
  for (const limit of ['0', '1001', '-1', 'x', '']) {
    const response = await app.request(`/coins?limit=${limit}`);
    const message = `Cannot list coins: limit must be a whole number from 1 to 1000; got "${limit}"\n`;
    assert.deepEqual([response.status, await response.text()], [400, message]);
  }
  const store = openSqliteStore(':memory:');
  const dead = open(t, { ...store, newestCoins: () => Promise.reject(new Error('no route')) });
  const response = await dead.app.request('/coins');
  assert.deepEqual([response.status, await response.text()], [
    503,
    'Cannot list coins: the store does not answer: no route\n',
  ]);
});

test('the page comes with a policy that lets nothing in from outside', async (t) => {
  const response = await open(t).app.request('/');
  assert.equal(await response.text(), '<p>page');
  const policy = response.headers.get('content-security-policy')!;
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
});
