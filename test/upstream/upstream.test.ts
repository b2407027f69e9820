import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestListener } from 'node:http';
import { createLog } from '../../src/service/log.ts';
import { createMetrics } from '../../src/service/metrics.ts';
import { createUpstream, RubbishError, type Upstream, type UpstreamOptions } from '../../src/upstream/upstream.ts';
import type { Scope } from '../../testkit/machine.ts';
import { freePort } from '../../testkit/ports.ts';
import { startServer } from '../../testkit/server.ts';
import { startSilent } from '../../testkit/silent.ts';

const never = new AbortController().signal;

function open(t: Scope, urls: string[], options: Partial<UpstreamOptions> = {}): Upstream {
  const upstream = createUpstream({ name: 'rng', urls, connection: 'close', timeoutMs: 2000, ...options });
  t.after(() => upstream.close());
  return upstream;
}

async function ask(upstream: Upstream, signal = never): Promise<string> {
  const { value } = await upstream.ask({
    path: '/x',
    maxBytes: 100,
    signal,
    read: (body) => {
      if (String(body) === 'rubbish') throw new RubbishError('it answered rubbish');
      return String(body);
    },
  });
  return value;
}

async function serve(t: Scope, listener: RequestListener): Promise<string> {
  return (await startServer(t, listener)).url;
}

test('ask() gives what read() makes of a right answer, and the time that the service says it took', async (t) => {
  const url = await serve(t, (_, response) => {
    response.setHeader('Server-Timing', 'total;dur=12.34');
    response.end('hello');
  });
  const answered = await open(t, [url]).ask({ path: '/', maxBytes: 10, signal: never, read: String });
  assert.deepEqual(answered, { value: 'hello', servedMs: 12.34 });
});

test('ask() counts the whole time as served where the service says nothing', async (t) => {
  const url = await serve(t, (_, response) => void setTimeout(() => response.end('x'), 30));
  const { servedMs } = await open(t, [url]).ask({ path: '/', maxBytes: 10, signal: never, read: String });
  assert.ok(servedMs >= 29, `${servedMs}`);
});

test('CONNECTION=close asks for a new connection each time; keep-alive keeps them', async (t) => {
  const ports = new Set<number | undefined>();
  const wishes = new Set<string | undefined>();
  const url = await serve(t, (request, response) => {
    ports.add(request.socket.remotePort);
    wishes.add(request.headers.connection);
    response.end('x');
  });
  const closing = open(t, [url]);
  for (let n = 0; n < 3; n++) await ask(closing);
  assert.equal(ports.size, 3);
  assert.deepEqual([...wishes], ['close']);
  ports.clear();
  const keeping = open(t, [url], { connection: 'keep-alive' });
  for (let n = 0; n < 20; n++) await ask(keeping);
  assert.ok(ports.size <= 2, `${ports.size} connections for 20 requests`);
});

test('ask() names what is wrong: status, rubbish, too much, nobody there, silence', async (t) => {
  const answers: Record<string, RequestListener> = {
    status: (_, response) => void response.writeHead(500).end('no'),
    rubbish: (_, response) => void response.end('rubbish'),
    tooMuch: (_, response) => void response.end('x'.repeat(101)),
    silence: () => {},
  };
  const expected = {
    status: ['status', /^Cannot use rng at http:\/\/127\.0\.0\.1:\d+: it answered 500$/],
    rubbish: ['rubbish', /: it answered rubbish$/],
    tooMuch: ['rubbish', /: it answered more than 100 bytes$/],
    silence: ['timeout', /: no answer within 200 ms$/],
  } as const;
  for (const [name, [kind, message]] of Object.entries(expected)) {
    const upstream = open(t, [await serve(t, answers[name]!)], { timeoutMs: 200 });
    await assert.rejects(ask(upstream), { name: 'UpstreamError', kind, message });
    assert.equal(upstream.state().ok, false);
  }
  const nobody = open(t, [`http://127.0.0.1:${await freePort()}`]);
  await assert.rejects(ask(nobody), { kind: 'unreachable' });
});

test('ask() goes on to the next one when one fails, so that a dead instance costs no unit', async (t) => {
  const good = await serve(t, (_, response) => void response.end('good'));
  const sick = await serve(t, (_, response) => void response.writeHead(503).end());
  const upstream = open(t, [`http://127.0.0.1:${await freePort()}`, sick, good]);
  for (let n = 0; n < 6; n++) assert.equal(await ask(upstream), 'good');
  assert.ok(upstream.state().errors > 0);
});

test('ask() spreads evenly over a list', async (t) => {
  const counts = [0, 0, 0];
  const urls = await Promise.all(counts.map((_, at) =>
    serve(t, (_, response) => {
      counts[at]!++;
      response.end('x');
    })
  ));
  const upstream = open(t, urls, { connection: 'keep-alive' });
  for (let n = 0; n < 30; n++) await ask(upstream);
  assert.deepEqual(counts, [10, 10, 10]);
});

test('ask() ends at once when its asker does not want it any more, and that is no failure', async (t) => {
  const upstream = open(t, [await serve(t, () => {})]);
  const stop = new AbortController();
  const asking = ask(upstream, stop.signal);
  setTimeout(() => stop.abort(new Error('stopping')), 30);
  await assert.rejects(asking, { message: 'stopping' });
  assert.equal(upstream.state().errors, 0);
});

test('an outage is logged once a kind, counted each time, and its end is logged', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ format: 'json', role: 'worker', write: (line) => void lines.push(JSON.parse(line)) });
  const metrics = createMetrics();
  let isSick = true;
  const url = await serve(t, (_, response) => void response.writeHead(isSick ? 500 : 200).end('x'));
  const upstream = open(t, [url], { log, metrics });
  for (let n = 0; n < 5; n++) await assert.rejects(ask(upstream));
  assert.deepEqual(lines.map(({ event, kind }) => [event, kind]), [['upstream_down', 'status']]);
  assert.equal(upstream.state().errors, 5);
  assert.match(metrics.text(), /^upstream_requests_total\{upstream="rng",result="status"\} 5$/m);
  isSick = false;
  await ask(upstream);
  assert.equal(upstream.state().ok, false, 'one success among failures is no recovery yet');
  await new Promise((resolve) => setTimeout(resolve, 2100));
  await ask(upstream);
  assert.deepEqual(lines.map(({ event }) => event), ['upstream_down', 'upstream_up']);
  assert.equal(upstream.state().ok, true);
});

test('the state tells instances apart, their latency and their queue', async (t) => {
  let n = 0;
  const url = await serve(t, (_, response) => {
    const name = n++ % 2 === 0 ? 'a' : 'b';
    response.setHeader('X-Instance', name);
    response.setHeader('X-Queue', name === 'a' ? '3' : '4');
    setTimeout(() => response.end('x'), 5);
  });
  const upstream = open(t, [url]);
  for (let n = 0; n < 10; n++) await ask(upstream);
  const { instances, queue, ok, p50Ms } = upstream.state();
  assert.deepEqual(Object.keys(instances).sort(), ['a', 'b']);
  assert.equal(queue, 7);
  assert.equal(ok, true);
  assert.ok(p50Ms! >= 4, `${p50Ms}`);
});

test('a machine that is gone costs the time to connect once, and not the time for an answer', async (t) => {
  const silent = `http://127.0.0.1:${await startSilent(t)}`;
  const url = await serve(t, (_, response) => response.end('well'));
  const upstream = open(t, [silent, url], { timeoutMs: 10_000 });
  const started = performance.now();
  for (let n = 0; n < 20; n++) assert.equal(await ask(upstream), 'well');
  const took = performance.now() - started;
  assert.ok(took > 1500 && took < 6000, `${took} ms`);
});

test('an instance that is frozen is left alone for as long as finding that out is worth', async (t) => {
  let asked = 0;
  const frozen = await serve(t, () => void asked++);
  const url = await serve(t, (_, response) => response.end('well'));
  const upstream = open(t, [frozen, url], { timeoutMs: 500 });
  await assert.rejects(ask(upstream), { name: 'UpstreamError', kind: 'timeout' });
  const until = performance.now() + 1700;
  while (performance.now() < until) assert.equal(await ask(upstream), 'well');
  assert.equal(asked, 1);
});
