/**
 * What every role answers besides its own work: alive, ready, metrics, version, faults. A role takes the app from
 * here and adds its routes.
 */
import { Hono } from 'hono';
import { routePath } from 'hono/route';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { setTimeout as sleep } from 'node:timers/promises';
import { carriesToken, createFaults, type Faults, parseFault } from './faults.ts';
import type { Identity } from './identity.ts';
import { type Log, silentLog } from './log.ts';
import { createMetrics, LATENCY_BUCKETS, type Metrics } from './metrics.ts';
import { QueueFullError } from './queue.ts';

/** What changes while a role runs; its start owns it and sets it. */
export interface Lifecycle {
  /** Set when the role was told to stop: it is not ready, and asks its clients not to come back. */
  draining: boolean;
}

export interface ServiceOptions {
  readonly identity: Identity;
  readonly log?: Log;
  readonly lifecycle?: Lifecycle;
  /** Whether `/faults` exists, and the token that it asks for ('' = none). */
  readonly faults?: { readonly token: string } | undefined;
  /** Why the role should not get traffic, or undefined when it should. */
  readonly notReady?: () => string | undefined;
}

export interface Service {
  readonly app: Hono;
  readonly metrics: Metrics;
}

/** Answered without faults, delay or queue: a sick service must still say that it lives. */
const SPARED = new Set(['/healthz', '/readyz', '/metrics', '/version', '/faults']);

/** The client hung up; nobody reads this. nginx's number, for the metrics. */
const CLIENT_CLOSED_REQUEST = 499 as ContentfulStatusCode;

export function createService(options: ServiceOptions): Service {
  const { identity, log = silentLog, lifecycle = { draining: false }, faults: faultOptions, notReady } = options;
  const metrics = createMetrics();
  const faults = faultOptions && createFaults();
  const app = new Hono();

  app.use(measure(metrics));
  if (faults) app.use(suffer(faults));
  app.use(async (c, next) => {
    await next();
    if (lifecycle.draining) c.header('Connection', 'close');
  });

  app.get('/healthz', (c) => c.text('ok\n'));
  app.get('/readyz', (c) => {
    const reason = lifecycle.draining ? 'stopping' : notReady?.();
    return reason === undefined ? c.text('ready\n') : c.text(`not ready: ${reason}\n`, 503);
  });
  app.get('/version', (c) => c.json(identity));
  app.get('/metrics', (c) => c.body(metrics.text(), 200, { 'Content-Type': 'text/plain; version=0.0.4' }));
  if (faults && faultOptions) addFaultRoutes(app, { faults, token: faultOptions.token, log });

  app.notFound((c) => c.text('Not found\n', 404));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.text(`${error.message}\n`, error.status);
    if (error instanceof QueueFullError) {
      return c.text(`${error.message}\n`, 503, { 'Retry-After': String(error.retryAfterSeconds) });
    }
    if (error.name === 'AbortError') return c.body('', CLIENT_CLOSED_REQUEST);
    log.error('request_failed', { route: routePath(c, -1), error: error.message });
    return c.text('Internal error\n', 500);
  });

  addProcessMetrics(metrics, identity);
  return { app, metrics };
}

/** A refusal that the client can act on: one line of text that says what was wrong. */
export function refusal(status: ContentfulStatusCode, message: string): HTTPException {
  return new HTTPException(status, { message });
}

/** What a client sent, safe and short enough to be part of an answer or a log. */
export function quoted(input: string): string {
  return JSON.stringify(input.length > 40 ? `${input.slice(0, 40)}…` : input);
}

type Middleware = Parameters<Hono['use']>[1];

function measure(metrics: Metrics): Middleware {
  const requests = metrics.counter('http_requests_total', 'Requests answered', ['method', 'route', 'status']);
  const seconds = metrics.histogram(
    'http_request_duration_seconds',
    'Time from the request to its answer, the queue included',
    ['method', 'route'],
    LATENCY_BUCKETS,
  );
  return async (c, next) => {
    const start = performance.now();
    await next();
    // A path that no route has would make a new series for each stranger's guess.
    const route = c.res.status === 404 ? 'none' : routePath(c, -1);
    const method = c.res.status === 404 ? 'any' : c.req.method;
    requests.with(method, route, String(c.res.status)).add();
    seconds.with(method, route).observe((performance.now() - start) / 1000);
  };
}

function suffer(faults: Faults): Middleware {
  return async (c, next) => {
    if (SPARED.has(c.req.path)) return await next();
    const { latencyMs, fails } = faults.next();
    if (latencyMs > 0) await sleep(latencyMs);
    return fails ? c.text('A fault was injected here on purpose\n', 500) : await next();
  };
}

function addFaultRoutes(app: Hono, { faults, token, log }: { faults: Faults; token: string; log: Log }): void {
  app.use('/faults', async (c, next) => {
    if (carriesToken(c.req.header('Authorization'), token)) return await next();
    return c.text('Not allowed: send the ADMIN_TOKEN as a bearer token\n', 401, { 'WWW-Authenticate': 'Bearer' });
  });
  app.get('/faults', (c) => c.json(faults.current() ?? null));
  app.post('/faults', async (c) => {
    const body = await c.req.json().catch(() => undefined);
    try {
      faults.set(parseFault(body));
    } catch (error) {
      throw refusal(400, (error as Error).message);
    }
    log.warn('fault_on', { ...faults.current() });
    return c.json(faults.current());
  });
  app.delete('/faults', (c) => {
    faults.clear();
    log.warn('fault_off');
    return c.json(null);
  });
}

function addProcessMetrics(metrics: Metrics, identity: Identity): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  metrics.gauge('coinroom_info', 'What runs here', () => [{ labels: { ...identity }, value: 1 }]);
  metrics.gauge('process_start_time_seconds', 'When the process started, Unix time', () => startedAt);
  metrics.gauge('process_resident_memory_bytes', 'Memory of the whole process', () => process.memoryUsage().rss);
}
