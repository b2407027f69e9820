import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/service/log.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createWebuiApp } from '../../src/webui/app.ts';
import { type Hub, startHub } from '../../src/webui/hub.ts';
import type { Line } from '../../src/webui/history.ts';
import type { Snapshot } from '../../src/webui/snapshot.ts';
import { someCoins } from '../../testkit/coins.ts';
import { testIdentity } from '../../testkit/identity.ts';
import type { Scope } from '../../testkit/machine.ts';
import { someReport } from '../../testkit/report.ts';

interface OpenOptions {
  readonly store?: Store;
  readonly everyMs?: number;
  readonly annotations?: { readonly token: string };
}

function open(t: Scope, { store = openSqliteStore(':memory:'), everyMs = 20, annotations }: OpenOptions = {}) {
  const hub: Hub = startHub({ store, title: 'cluster 3', version: '1.2.3', log: silentLog, everyMs });
  t.after(async () => {
    await hub.close();
    await store.close();
  });
  const pageFiles = new Map([['/', { type: 'text/html; charset=utf-8', body: '<p>page' }]]);
  return { store, hub, app: createWebuiApp({ identity: testIdentity, hub, store, pageFiles, annotations }) };
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
  const mortal: Store = {
    ...store,
    totals: (options) => isDead ? Promise.reject(new Error('no route')) : store.totals(options),
  };
  const { hub, app } = open(t, { store: mortal });
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
    for (const [, data] of value!.matchAll(/^data: (\{.*)$/gm)) events.push(JSON.parse(data!));
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
  assert.match(await text, /^data: \{/m);
});

test('many pages cost the store one reading a turn', async (t) => {
  const store = openSqliteStore(':memory:');
  let readings = 0;
  const counted: Store = {
    ...store,
    totals: (options) => {
      readings++;
      return store.totals(options);
    },
  };
  const { app, hub } = open(t, { store: counted, everyMs: 50 });
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
  const dead = open(t, { store: { ...store, newestCoins: () => Promise.reject(new Error('no route')) } });
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

/** Reads /events until all of these events have come; gives the last data of each. */
async function eventsOf(app: ReturnType<typeof open>['app'], wanted: number): Promise<string[]> {
  const reader = (await app.request('/events')).body!.pipeThrough(new TextDecoderStream()).getReader();
  const names: string[] = [];
  while (names.length < wanted) {
    for (const event of (await reader.read()).value!.split('\n\n').filter(Boolean)) {
      names.push(/^event: (.*)$/m.exec(event)?.[1] ?? 'message');
    }
  }
  await reader.cancel();
  return names;
}

test('coins and annotations are sent when a page comes, and after that when they change', async (t) => {
  const { app } = open(t);
  assert.deepEqual(await eventsOf(app, 5), ['coins', 'annotations', 'message', 'message', 'message']);
});

test('GET /history gives the columns of a window, and refuses others', async (t) => {
  const { app, hub } = open(t);
  for (let turn = 0; turn < 5; turn++) await hub.next();
  const { step, at, hash_speed_10s, coins } = await (await app.request('/history?window=1m')).json() as Line;
  assert.equal(step, 1);
  assert.ok(at.length >= 1 && Math.abs(at.at(-1)! - Date.now() / 1000) < 5);
  assert.deepEqual([hash_speed_10s.length, coins.length, coins.at(-1)], [at.length, at.length, 0]);
  const wrong = await app.request('/history?window=2m');
  const rule = 'Cannot show the history: window must be one of 1m, 10m, 1h, all; got "2m"\n';
  assert.deepEqual([wrong.status, await wrong.text()], [400, rule]);
});

test('POST /annotations writes on the time line, with the token and where it was allowed', async (t) => {
  const annotate = (app: ReturnType<typeof open>['app'], body: string, token = 'open sesame') =>
    app.request('/annotations', { method: 'POST', body, headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await annotate(open(t).app, '{"text":"x"}')).status, 404);

  const { app, hub } = open(t, { annotations: { token: 'open sesame' } });
  assert.equal((await annotate(app, '{"text":"x"}', 'wrong')).status, 401);
  const made = await annotate(app, JSON.stringify({ text: ' rng x 2 <b>' }));
  assert.equal(made.status, 201);
  const annotation = await made.json() as { at: number; text: string };
  assert.equal(annotation.text, 'rng x 2 <b>');
  assert.ok(Math.abs(annotation.at - hub.latest().now) < 1);
  await hub.next();
  assert.deepEqual(JSON.parse(hub.news().annotations), [annotation]);

  for (
    const body of ['', '[]', '{}', '{"text":7}', '{"text":""}', '{"text":"a\\nb"}', `{"text":"${'x'.repeat(81)}"}`]
  ) {
    const refused = await annotate(app, body);
    assert.equal(refused.status, 400, body);
    assert.match(await refused.text(), /^Cannot annotate: .*(such as|1 to 80 characters)/);
  }
});
