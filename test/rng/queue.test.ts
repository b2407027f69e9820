/** rng as a process at the classroom's pace: one request at a time, over real connections. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { eventually } from '../../testkit/eventually.ts';
import { type RoleProcess, startRole } from '../../testkit/role.ts';

/** Keeps `count` requests waiting at rng until the test ends them; each is a connection of its own. */
async function crowd(rng: RoleProcess, count: number): Promise<{ leave: () => void }> {
  const requests = Array.from({ length: count }, () => {
    const one = request(`${rng.url}/32`, { agent: false }, (response) => response.resume());
    one.on('error', () => {});
    one.end();
    return one;
  });
  await eventually(async () => await waiting(rng) >= count / 2, { what: 'the crowd to queue' });
  return { leave: () => requests.forEach((one) => one.destroy()) };
}

async function waiting(rng: RoleProcess): Promise<number> {
  const metrics = await (await fetch(`${rng.url}/metrics`)).text();
  return Number(metrics.match(/^rng_queue_waiting (\d+)$/m)![1]);
}

async function timed(url: string): Promise<number> {
  const started = performance.now();
  await (await fetch(url)).arrayBuffer();
  return performance.now() - started;
}

test('GET / of rng slows with the queue, its probes do not; who hangs up leaves the queue', async (t) => {
  const rng = await startRole(t, 'rng');
  const alone = await timed(`${rng.url}/`);
  assert.ok(alone >= 95 && alone < 400, `${alone} ms alone`);
  const { leave } = await crowd(rng, 60);
  const ahead = await waiting(rng);
  for (const path of ['/healthz', '/readyz', '/metrics', '/version']) {
    const ms = await timed(rng.url + path);
    assert.ok(ms < 90, `${path} took ${ms} ms`);
  }
  const queued = timed(`${rng.url}/`);
  const crowded = timed(`${rng.url}/8`);
  await eventually(async () => await waiting(rng) < ahead - 5, { what: 'the queue to move' });
  leave();
  await eventually(async () => await waiting(rng) <= 2, { what: 'those who hung up to be gone', withinMs: 1000 });
  assert.ok(await queued > 500, 'it had stood behind the others');
  assert.ok(await crowded < 4000, 'it did not wait for those who had left');
  const metrics = await (await fetch(`${rng.url}/metrics`)).text();
  assert.match(metrics, /^http_requests_total\{method="GET",route="\/:size",status="499"\} [1-9]/m);
  assert.deepEqual(rng.events('request_failed'), [], 'that is no error of rng');
});

test('the answer says how many wait behind it', async (t) => {
  const rng = await startRole(t, 'rng');
  const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${rng.url}/8`)));
  const queues = answers.map(({ headers }) => Number(headers.get('x-queue'))).sort((a, b) => a - b);
  assert.equal(queues[0], 0);
  assert.ok(queues.at(-1)! >= 5, queues.join(' '));
});

test('a queue of 1024 is full: 503 with Retry-After', async (t) => {
  const rng = await startRole(t, 'rng', ['--delay-ms', '2000']);
  const { leave } = await crowd(rng, 1025);
  await eventually(async () => await waiting(rng) === 1024, { what: 'the queue to be full' });
  const refused = await fetch(`${rng.url}/32`);
  assert.deepEqual([refused.status, await refused.text()], [
    503,
    'Cannot take the request: 1024 are waiting already\n',
  ]);
  assert.equal(refused.headers.get('retry-after'), '2048');
  assert.equal((await fetch(`${rng.url}/healthz`)).status, 200);
  leave();
  await eventually(async () => await waiting(rng) === 0, { what: 'the queue to be empty' });
});

test('hasher takes its time too, but serves all at once', async (t) => {
  const hasher = await startRole(t, 'hasher');
  const started = performance.now();
  await Promise.all(Array.from({ length: 20 }, () => fetch(hasher.url, { method: 'POST', body: 'x' })));
  const took = performance.now() - started;
  assert.ok(took >= 95 && took < 1000, `${took} ms for 20`);
});

test('full pace takes no time and no turns', async (t) => {
  const rng = await startRole(t, 'rng', ['--pace', 'full']);
  const started = performance.now();
  for (let n = 0; n < 20; n++) await (await fetch(`${rng.url}/32`)).arrayBuffer();
  assert.ok(performance.now() - started < 1900, '20 of 100 ms would be 2 s');
});
