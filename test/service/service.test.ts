import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../src/service/log.ts';
import { createService, type Lifecycle, type ServiceOptions } from '../../src/service/service.ts';
import { testIdentity } from '../../testkit/identity.ts';

function create(options: Partial<ServiceOptions> = {}) {
  const service = createService({ identity: testIdentity, ...options });
  service.on('GET', '/task/:what', (c) => c.text('done'));
  service.on('GET', '/crash', () => {
    throw new Error('secret detail');
  });
  return service;
}

test('GET /healthz, /readyz and /version answer what they are asked', async () => {
  const { app } = create();
  assert.equal(await (await app.request('/healthz')).text(), 'ok\n');
  assert.equal(await (await app.request('/readyz')).text(), 'ready\n');
  assert.deepEqual(await (await app.request('/version')).json(), testIdentity);
});

test('GET /readyz is 503 with the reason when the role is not ready, or stopping; GET /healthz stays 200', async () => {
  let reason: string | undefined = 'nothing was recorded lately';
  const lifecycle: Lifecycle = { draining: false };
  const { app } = create({ notReady: () => reason, lifecycle });
  const first = await app.request('/readyz');
  assert.deepEqual([first.status, await first.text()], [503, 'not ready: nothing was recorded lately\n']);
  reason = undefined;
  assert.equal((await app.request('/readyz')).status, 200);
  lifecycle.draining = true;
  const last = await app.request('/readyz');
  assert.deepEqual([last.status, await last.text()], [503, 'not ready: stopping\n']);
  assert.equal((await app.request('/healthz')).status, 200);
});

test('a stopping service asks its clients not to come back on the same connection', async () => {
  const lifecycle: Lifecycle = { draining: false };
  const { app } = create({ lifecycle });
  assert.equal((await app.request('/task/a')).headers.get('connection'), null);
  lifecycle.draining = true;
  assert.equal((await app.request('/task/a')).headers.get('connection'), 'close');
});

test('GET /metrics counts requests and their latencies by route, not by path', async () => {
  const { app } = create();
  await app.request('/task/a');
  await app.request('/task/b');
  await app.request('/no/such/path');
  const response = await app.request('/metrics');
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4');
  const text = await response.text();
  assert.match(text, /^http_requests_total\{method="GET",route="\/task\/:what",status="200"\} 2$/m);
  assert.match(text, /^http_requests_total\{method="any",route="none",status="404"\} 1$/m);
  assert.match(text, /^http_request_duration_seconds_bucket\{method="GET",route="\/task\/:what",le="10"\} 2$/m);
  assert.match(
    text,
    /^coinroom_info\{role="test",host="here",node="there",version="1\.2\.3",revision="abc",colour="#336699",runtime="node 0"\} 1$/m,
  );
  assert.doesNotMatch(text, /no\/such/);
});

test('an error inside is one line without detail for the client, and a log line', async () => {
  const lines: string[] = [];
  const { app } = create({ log: createLog({ format: 'json', role: 'test', write: (line) => void lines.push(line) }) });
  const response = await app.request('/crash');
  assert.deepEqual([response.status, await response.text()], [500, 'Internal error\n']);
  assert.deepEqual(lines.map((line) => JSON.parse(line)).map(({ event, error }) => [event, error]), [
    ['request_failed', 'secret detail'],
  ]);
});

const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...headers },
});

test('without FAULTS there is no /faults', async () => {
  const { app } = create();
  for (const method of ['GET', 'POST', 'DELETE']) {
    assert.equal((await app.request('/faults', { method })).status, 404);
  }
});

test('POST /faults makes the role fail and slow, spares probes, metrics and itself, and DELETE ends it', async () => {
  const { app } = create({ faults: { token: '' } });
  const fault = { latencyMs: 30, errorRate: 1, seed: 7, forMs: 60_000 };
  assert.deepEqual(await (await app.request('/faults', post(fault))).json(), fault);
  const started = performance.now();
  const failed = await app.request('/task/a');
  assert.deepEqual([failed.status, await failed.text()], [500, 'A fault was injected here on purpose\n']);
  assert.ok(performance.now() - started >= 29);
  for (const path of ['/healthz', '/readyz', '/metrics', '/version', '/faults']) {
    assert.equal((await app.request(path)).status, 200, path);
  }
  assert.deepEqual(await (await app.request('/faults', { method: 'DELETE' })).json(), null);
  assert.equal((await app.request('/task/a')).status, 200);
});

test('a fault mends itself after forMs', async () => {
  const { app } = create({ faults: { token: '' } });
  await app.request('/faults', post({ errorRate: 1, forMs: 50 }));
  assert.equal((await app.request('/task/a')).status, 500);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal((await app.request('/task/a')).status, 200);
});

test('the same seed fails the same requests, about as many as the rate says', async () => {
  const runs: number[][] = [];
  for (let run = 0; run < 2; run++) {
    const { app } = create({ faults: { token: '' } });
    await app.request('/faults', post({ errorRate: 0.3, seed: 42 }));
    const statuses: number[] = [];
    for (let n = 0; n < 300; n++) statuses.push((await app.request('/task/a')).status);
    runs.push(statuses);
  }
  assert.deepEqual(runs[0], runs[1]);
  const failures = runs[0]!.filter((status) => status === 500).length;
  assert.ok(failures > 55 && failures < 125, `${failures} of 300`);
});

test('POST /faults asks for the token where there is one', async () => {
  const { app } = create({ faults: { token: 'abc' } });
  for (const headers of [{}, { Authorization: 'Bearer abd' }, { Authorization: 'abc' }]) {
    const response = await app.request('/faults', post({}, headers));
    assert.deepEqual([response.status, response.headers.get('www-authenticate')], [401, 'Bearer']);
  }
  assert.equal((await app.request('/faults', post({}, { Authorization: 'Bearer abc' }))).status, 200);
});

test('POST /faults refuses what breaks its rules, by name', async () => {
  const { app } = create({ faults: { token: '' } });
  const cases: [unknown, string][] = [
    [{ errorRate: 2 }, 'Cannot set a fault: errorRate must be a number from 0 to 1; got 2\n'],
    [{ latencyMs: 1.5 }, 'Cannot set a fault: latencyMs must be a whole number from 0 to 60000; got 1.5\n'],
    [{ forMs: '5' }, 'Cannot set a fault: forMs must be a whole number from 0 to 3600000; got "5"\n'],
    [{ delay: 5 }, 'Cannot set a fault: fields are latencyMs, errorRate, seed, forMs; got "delay"\n'],
    [[], 'Cannot set a fault: the body must be a JSON object\n'],
  ];
  for (const [body, message] of cases) {
    const response = await app.request('/faults', post(body));
    assert.deepEqual([response.status, await response.text()], [400, message]);
  }
  const response = await app.request('/faults', { method: 'POST', body: '{' });
  assert.equal(response.status, 400);
});
