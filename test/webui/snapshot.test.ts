import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkerReport } from '../../src/worker/report.ts';
import type { Totals } from '../../src/store/store.ts';
import { mergeUpstreams } from '../../src/webui/merged-upstream.ts';
import { createAbsentees, createSnapshot, type SnapshotParts } from '../../src/webui/snapshot.ts';
import { someReport, someUpstream } from '../../testkit/report.ts';

function snapshot(
  reports: readonly (WorkerReport | string)[],
  { at = 5000, absentees = createAbsentees(60), ...parts }:
    & { at?: number; absentees?: ReturnType<typeof createAbsentees> }
    & Partial<SnapshotParts> = {},
) {
  const totals: Totals = {
    coins: 4,
    hashes: 64,
    duplicates: 1,
    now: 5001,
    timing: { hashes: 60, oldest: 4981, newest: 5000 },
    newest: [],
    reports: reports.map((report, n) => ({
      id: `w${n}`,
      at,
      json: typeof report === 'string' ? report : JSON.stringify(report),
    })),
  };
  const speeds = { hashes: 3.33, coins: 0.2 };
  const all = { totals, now: 5001, speeds, store: someUpstream(), title: 'cluster 3', version: '1.0.0', ...parts };
  return createSnapshot(all, absentees);
}

test('a snapshot has the numbers of DockerCoins and ours', () => {
  const { workers: _, upstreams: __, gone: ___, ...numbers } = snapshot([]);
  assert.deepEqual(numbers, {
    coins: 4,
    hashes: 64,
    now: 5001,
    duplicates: 1,
    hash_speed: 3,
    hash_speed_10s: 3.33,
    coin_speed_10s: 0.2,
    difficulty: null,
    pace: null,
    title: 'cluster 3',
    version: '1.0.0',
  });
});

test('before the store has answered nothing is claimed', () => {
  const speeds = { hashes: null, coins: null };
  const store = someUpstream({ ok: false, since: 1000 });
  const empty = snapshot([], { totals: undefined, now: 1003, speeds, store });
  assert.deepEqual([empty.coins, empty.hashes, empty.duplicates, empty.hash_speed], [null, null, null, null]);
  assert.equal(empty.upstreams.rng.ok, null);
  assert.equal(empty.upstreams.store.ok, false);
});

test('workers are listed by id with when they were last seen', () => {
  const { workers, pace, difficulty } = snapshot([someReport(), someReport({ host: 'host-2', version: '2.0.0' })]);
  assert.deepEqual(workers.map(({ id, host, node, version, lastSeen }) => [id, host, node, version, lastSeen]), [
    ['w0', 'host-1', 'node-1', '1.0.0', 5000],
    ['w1', 'host-2', 'node-1', '2.0.0', 5000],
  ]);
  assert.deepEqual([pace, difficulty], ['classroom', 1]);
});

test('workers that differ in pace or difficulty have none in common', () => {
  const { pace, difficulty } = snapshot([someReport(), someReport({ pace: 'full', difficulty: 6 })]);
  assert.deepEqual([pace, difficulty], [null, null]);
});

test('a report that a stranger wrote is not shown', () => {
  const hostile = [
    'not json',
    'null',
    '[]',
    '{}',
    JSON.stringify({ ...someReport(), colour: 'red;}</style><script>' }),
    JSON.stringify({ ...someReport(), rate: 'fast' }),
    JSON.stringify({ ...someReport(), upstreams: { rng: {} } }),
  ];
  assert.deepEqual(snapshot(hostile).workers, []);
  assert.equal(snapshot([JSON.stringify({ ...someReport(), host: 'x'.repeat(10_000) })]).workers[0]!.host.length, 100);
});

test('times of a worker whose clock is an hour off are told on the clock of the store', () => {
  const report = someReport({
    sentAt: 8600,
    upstreams: { ...someReport().upstreams, rng: someUpstream({ ok: false, since: 8590 }) },
  });
  assert.equal(snapshot([report]).upstreams.rng.since, 4990);
});

test('an upstream is down when it is down for one worker, since the first of them', () => {
  const merged = mergeUpstreams([
    someUpstream({ since: 10 }),
    someUpstream({ ok: false, since: 30, error: 'refused' }),
    someUpstream({ ok: false, since: 20, error: 'late' }),
  ]);
  assert.deepEqual([merged.ok, merged.since, merged.error], [false, 20, 'refused']);
});

test('rates and errors of all workers add up; the queue of an instance is seen by all and counted once', () => {
  const instances = (queue: number) => ({
    a: { requestsPerSecond: 5, p50Ms: 700, queue, idleSeconds: queue / 10 },
    b: { requestsPerSecond: 5, p50Ms: 100, queue: 1, idleSeconds: 0 },
  });
  const merged = mergeUpstreams([
    someUpstream({ requestsPerSecond: 10, errors: 2, p50Ms: 100, p95Ms: 700, instances: instances(7) }),
    someUpstream({ requestsPerSecond: 10, errors: 3, p50Ms: 120, p95Ms: 800, instances: instances(6) }),
  ]);
  assert.deepEqual(merged, {
    ok: true,
    since: 900,
    error: null,
    requestsPerSecond: 20,
    p50Ms: 120,
    p95Ms: 800,
    errors: 5,
    queue: 8,
    instances: {
      a: { requestsPerSecond: 10, p50Ms: 700, queue: 7, idleSeconds: 0.6 },
      b: { requestsPerSecond: 10, p50Ms: 100, queue: 1, idleSeconds: 0 },
    },
  });
});

test('an upstream that nobody has used yet is neither up nor down', () => {
  const { ok, since, p50Ms } = mergeUpstreams([someUpstream({ since: null, p50Ms: null, p95Ms: null, instances: {} })]);
  assert.deepEqual([ok, since, p50Ms], [null, null, null]);
});

test('the store is what the workers see of it, and down since when the webui gets no answer', () => {
  const upstreams = { ...someReport().upstreams, store: someUpstream({ requestsPerSecond: 9 }) };
  const good = snapshot([someReport({ upstreams })]).upstreams.store;
  assert.deepEqual([good.ok, good.requestsPerSecond], [true, 9]);
  const store = someUpstream({ ok: false, since: 4990, error: 'no route' });
  const bad = snapshot([someReport({ upstreams })], { store }).upstreams.store;
  assert.deepEqual([bad.ok, bad.since, bad.error, bad.requestsPerSecond], [false, 4990, 'no route', 3]);
  assert.equal(snapshot([], { store: someUpstream({ requestsPerSecond: 1 }) }).upstreams.store.requestsPerSecond, 1);
});

test('who is gone is listed for a minute with when it was last seen, unless it comes back', () => {
  const absentees = createAbsentees(60);
  const at = (now: number, reports: readonly WorkerReport[]) => {
    const { gone, upstreams } = snapshot(reports, { now, at: now - 1, absentees });
    return { workers: gone.map(({ id, lastSeen }) => [id, lastSeen]), rng: upstreams.rng.gone };
  };
  assert.deepEqual(at(1000, [someReport(), someReport()]), { workers: [], rng: [] });
  assert.deepEqual(at(1005, [someReport()]).workers, [['w1', 999]]);
  const { workers, rng } = at(1030, []);
  assert.deepEqual(workers, [['w0', 1004], ['w1', 999]]);
  assert.deepEqual(rng, [{ name: 'a', lastSeen: 1004.8 }]);
  assert.deepEqual(at(1060, [someReport()]), { workers: [], rng: [] });
  assert.deepEqual(at(1200, []).workers, []);
});
