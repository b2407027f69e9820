/** The worker as a process, with upstreams that are down, slow, or answer rubbish, and come back. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { eventually } from '../../testkit/eventually.ts';
import { type Scope, temporaryFolder } from '../../testkit/machine.ts';
import { freePort } from '../../testkit/ports.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';
import { type RoleProcess, startRole } from '../../testkit/role.ts';
import { startServer } from '../../testkit/server.ts';

const goodRng: RequestListener = (_, response) => void response.end(randomBytes(32));

const goodHasher: RequestListener = async (request, response) => {
  const digest = createHash('sha256');
  for await (const chunk of request) digest.update(chunk);
  response.end(digest.digest('hex'));
};

interface Urls {
  readonly rng: string;
  readonly hasher: string;
  readonly store?: string;
}

async function startWorker(t: Scope, urls: Urls, flags: Readonly<Record<string, string>> = {}) {
  const store = urls.store ?? `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const all = {
    'rng-url': urls.rng,
    'hasher-url': urls.hasher,
    'store-url': store,
    'interval-ms': '0',
    'request-timeout-ms': '300',
    ...flags,
  };
  const args = Object.entries(all).map(([name, value]) => `--${name}=${value}`);
  return { worker: await startRole(t, 'worker', args), store };
}

async function metric(worker: RoleProcess, name: string): Promise<number> {
  const text = await (await fetch(`${worker.url}/metrics`)).text();
  const line = text.split('\n').find((line) => line.startsWith(`${name} `));
  return Number(line?.split(' ')[1] ?? NaN);
}

function mines(worker: RoleProcess): Promise<unknown> {
  return eventually(async () => {
    const before = await metric(worker, 'worker_hashes_total');
    return await eventually(async () => await metric(worker, 'worker_hashes_total') > before, {
      what: 'a hash',
      withinMs: 1000,
    });
  }, { what: 'the worker to mine' });
}

const sicknesses: Record<string, { kind: string; rng: RequestListener; hasher: RequestListener }> = {
  'answers 500': {
    kind: 'status',
    rng: (_, response) => void response.writeHead(500).end('no'),
    hasher: (_, response) => void response.writeHead(500).end('no'),
  },
  'answers rubbish': {
    kind: 'rubbish',
    rng: (_, response) => void response.end('short'),
    hasher: (_, response) => void response.end('this is no digest'),
  },
  'answers too much': {
    kind: 'rubbish',
    rng: (_, response) => void response.end(randomBytes(100_000)),
    hasher: (_, response) => void response.end('0'.repeat(100_000)),
  },
  'answers nothing at all': { kind: 'timeout', rng: () => {}, hasher: () => {} },
  'hangs up': {
    kind: 'unreachable',
    rng: ({ socket }) => void socket.destroy(),
    hasher: ({ socket }) => void socket.destroy(),
  },
};

for (const [what, { kind, ...sick }] of Object.entries(sicknesses)) {
  for (const service of ['rng', 'hasher'] as const) {
    test(`a ${service} that ${what} is logged once, counted, asked again, and mining goes on when it is well`, async (t) => {
      let isSick = false;
      const good = { rng: goodRng, hasher: goodHasher };
      const serve = (name: 'rng' | 'hasher') =>
        startServer(t, (request, response) => (isSick && name === service ? sick : good)[name](request, response));
      const [rng, hasher] = [await serve('rng'), await serve('hasher')];
      const { worker } = await startWorker(t, { rng: rng.url, hasher: hasher.url });
      await mines(worker);
      isSick = true;
      const failures = `upstream_requests_total{upstream="${service}",result="${kind}"}`;
      await eventually(async () => await metric(worker, failures) >= 3, { what: 'three failures' });
      const down = worker.events('upstream_down');
      assert.deepEqual(down.map((event) => [event.upstream, event.kind]), [[service, kind]]);
      isSick = false;
      await mines(worker);
      assert.equal(worker.events('upstream_down').length, 1);
    });
  }
}

test('services that come up after the worker are used once they are there; until then it is not ready', {
  skip: unlessRedis,
}, async (t) => {
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const [rng, hasher] = [`http://127.0.0.1:${ports[0]}`, `http://127.0.0.1:${ports[1]}`];
  const { worker } = await startWorker(t, { rng, hasher, store: `redis://127.0.0.1:${ports[2]}` });
  await worker.event('upstream_down');
  assert.equal((await fetch(`${worker.url}/readyz`)).status, 503);
  assert.equal((await fetch(`${worker.url}/healthz`)).status, 200);
  await startServer(t, goodRng, ports[0]);
  await startServer(t, goodHasher, ports[1]);
  await startRedis(t, { port: ports[2] });
  await mines(worker);
  await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 200, {
    what: 'the worker to be ready',
  });
});

test(
  'a store that goes away stops the mining and counts nothing twice when it is back',
  { skip: unlessRedis },
  async (t) => {
    const [rng, hasher] = [await startServer(t, goodRng), await startServer(t, goodHasher)];
    const redis = await startRedis(t, { args: ['--appendonly', 'yes'] });
    const { worker } = await startWorker(t, { rng: rng.url, hasher: hasher.url, store: redis.url }, { loops: '3' });
    await mines(worker);
    await redis.program.stop('SIGKILL');
    const down = await worker.event('upstream_down');
    assert.equal(down.upstream, 'store');
    const mined = await eventually(async () => {
      const before = await metric(worker, 'worker_hashes_total');
      await new Promise((resolve) => setTimeout(resolve, 500));
      return before === await metric(worker, 'worker_hashes_total') && before;
    }, { what: 'the mining to stop' });
    await startRedis(t, { port: redis.port, folder: redis.folder, args: ['--appendonly', 'yes'] });
    await mines(worker);
    await worker.stop();
    const store = await openStore(redis.url, { timeoutMs: 2000 });
    t.after(() => store.close());
    const { hashes, recordedHashes } = await store.ledger();
    assert.equal(hashes, recordedHashes);
    assert.ok(hashes > mined);
  },
);

test('a hasher that lies raises the alarm: logged with seed and index, counted, nothing stored', async (t) => {
  const lie: RequestListener = (request, response) => {
    request.resume();
    response.end('0'.repeat(64));
  };
  const [rng, hasher] = [await startServer(t, goodRng), await startServer(t, lie)];
  const { worker, store } = await startWorker(t, { rng: rng.url, hasher: hasher.url });
  const alarm = await worker.event('hasher_disagrees');
  assert.match(String(alarm.seed), /^[0-9a-f]{64}$/);
  assert.equal(alarm.index, 0);
  assert.equal(alarm.level, 'error');
  await eventually(async () => await metric(worker, 'worker_disagreements_total') > 20, { what: 'twenty alarms' });
  await worker.stop();
  const opened = await openStore(store, { timeoutMs: 1000 });
  t.after(() => opened.close());
  const { coins, hashes } = await opened.totals();
  assert.deepEqual([coins, hashes > 20], [0, true]);
});

test('the metrics tell by its id what the store holds of a worker', async (t) => {
  let isSick = false;
  const rng = await startServer(t, (request, response) => {
    if (isSick) response.destroy();
    else goodRng(request, response);
  });
  const hasher = await startServer(t, goodHasher);
  const { worker, store } = await startWorker(t, { rng: rng.url, hasher: hasher.url });
  await eventually(async () => await metric(worker, 'worker_coins_total') > 2, { what: 'some coins' });
  isSick = true;
  await worker.event('upstream_down');
  const opened = await openStore(store, { timeoutMs: 2000 });
  t.after(() => opened.close());
  const { id } = (await opened.ledger()).workers[0]!;
  const shown = (name: string) => metric(worker, `worker_${name}{worker="${id}"}`);
  await eventually(async () => {
    const [sent, recorded] = [await shown('sent_sequence'), await shown('recorded_sequence')];
    return sent > 0 && sent === recorded;
  }, { what: 'nothing to be in flight' });
  const [last, hashes, coins] = await Promise.all(
    ['recorded_sequence', 'recorded_hashes', 'recorded_coins'].map(shown),
  ) as [number, number, number];
  assert.ok(coins > 2 && hashes > coins, `${hashes} hashes, ${coins} coins`);
  assert.deepEqual((await opened.ledger()).workers, [{ id, last, closed: false, hashes, coins }]);
});

for (const candidates of ['1', 'auto']) {
  for (const bug of ['off', 'on']) {
    test(`difficulty 1 with CANDIDATES=${candidates}, FOUR_BYTE_BUG=${bug}: 1/16 of the hashes are coins`, async (t) => {
      const [rng, hasher] = [
        await startRole(t, 'rng', ['--pace', 'full']),
        await startRole(t, 'hasher', ['--pace', 'full']),
      ];
      const flags = { candidates, 'four-byte-bug': bug, confirm: 'all', loops: '4', 'request-timeout-ms': '10000' };
      const { worker, store } = await startWorker(t, { rng: rng.url, hasher: hasher.url }, flags);
      await eventually(async () => await metric(worker, 'worker_hashes_total') > 3000, {
        what: '3000 hashes',
        withinMs: 60_000,
      });
      assert.deepEqual(await worker.stop(), { code: 0, signal: null });
      const opened = await openStore(store, { timeoutMs: 1000 });
      t.after(() => opened.close());
      const { coins, duplicates, hashes } = await opened.totals();
      // Binomial(n, 1/16): five standard deviations.
      const deviation = 5 * Math.sqrt(hashes * (1 / 16) * (15 / 16));
      assert.ok(Math.abs(coins + duplicates - hashes / 16) < deviation, `${coins} coins in ${hashes} hashes`);
      for (const { origin } of await opened.newestCoins(1000)) assert.equal(origin.length, bug === 'on' ? 4 : 32);
    });
  }
}
