/**
 * What every role answers besides its own work: alive, ready, metrics, version, faults. A role takes the app from
 * here and adds its routes.
 */
import { type Context, Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { BlankEnv } from 'hono/types';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { setTimeout as sleep } from 'node:timers/promises';
import { guarded, readJson } from './admin.ts';
import { createFaults, type Faults, parseFault } from './faults.ts';
import type { Identity } from './identity.ts';
import { type Log, silentLog } from './log.ts';
import { type Counter, createMetrics, LATENCY_BUCKETS, type Metrics } from './metrics.ts';
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
  /** Adds a route: what it answers is counted and timed, its errors become one line of text, and faults reach it. */
  readonly on: <Path extends string>(method: Method, path: Path, handler: RouteHandler<Path>) => void;
}

export type Method = 'GET' | 'POST' | 'DELETE';
export type RouteHandler<Path extends string = string> = (c: Context<BlankEnv, Path>) => Response | Promise<Response>;

/** Answered without faults, delay or queue: a sick service must still say that it lives. */
const SPARED = new Set(['/healthz', '/readyz', '/metrics', '/version', '/faults']);

/** The client hung up; nobody reads this. nginx's number, for the metrics. */
const CLIENT_CLOSED_REQUEST = 499 as ContentfulStatusCode;

export function createService(options: ServiceOptions): Service {
  const { identity, log = silentLog, lifecycle = { draining: false }, faults: faultOptions, notReady } = options;
  const metrics = createMetrics();
  const faults = faultOptions && createFaults();
  const app = new Hono();
  const attend = createAttendance(metrics, { lifecycle, answerError });

  function answerError(error: Error, c: Context, route: string): Response {
    if (error instanceof HTTPException) return c.text(`${error.message}\n`, error.status);
    if (error instanceof QueueFullError) {
      return c.text(`${error.message}\n`, 503, { 'Retry-After': String(error.retryAfterSeconds) });
    }
    if (hasHungUp(c, error)) return c.body('', CLIENT_CLOSED_REQUEST);
    log.error('request_failed', { route, error: error.message });
    return c.text('Internal error\n', 500);
  }

  const on: Service['on'] = (method, path, handler) => {
    const suffering = faults && !SPARED.has(path) ? suffer(faults, handler) : handler;
    app.on(method, [path], attend({ method, route: path, handler: suffering as RouteHandler }));
  };

  on('GET', '/healthz', (c) => c.text('ok\n'));
  on('GET', '/readyz', (c) => {
    const reason = lifecycle.draining ? 'stopping' : notReady?.();
    return reason === undefined ? c.text('ready\n') : c.text(`not ready: ${reason}\n`, 503);
  });
  on('GET', '/version', (c) => c.json(identity));
  on('GET', '/metrics', (c) => c.body(metrics.text(), 200, { 'Content-Type': 'text/plain; version=0.0.4' }));
  if (faults && faultOptions) addFaultRoutes(on, { faults, token: faultOptions.token, log });
  // A path that no route has would make a new series for each stranger's guess.
  app.notFound(attend({ method: 'any', route: 'none', handler: (c) => c.text('Not found\n', 404) }));

  addProcessMetrics(metrics, identity);
  return { app, metrics, on };
}

/** Each server has another reason for a signal that it aborts: an Error, a DOMException, a string. */
function hasHungUp({ req }: Context, error: unknown): boolean {
  return (error as Error).name === 'AbortError' || (req.raw.signal.aborted && error === req.raw.signal.reason);
}

interface Attended {
  readonly method: string;
  readonly route: string;
  readonly handler: RouteHandler;
}

/**
 * What stands around every handler: counts and times it, turns its errors into answers, and asks the client of a
 * stopping service not to come back.
 *
 * Not a middleware, though it would be one elsewhere: with any middleware Hono answers asynchronously, which costs a
 * fifth of a small request (measured).
 */
function createAttendance(
  metrics: Metrics,
  options: { lifecycle: Lifecycle; answerError: (error: Error, c: Context, route: string) => Response },
): (attended: Attended) => RouteHandler {
  const { lifecycle, answerError } = options;
  const requests = metrics.counter('http_requests_total', 'Requests answered', ['method', 'route', 'status']);
  const seconds = metrics.histogram(
    'http_request_duration_seconds',
    'Time from the request to its answer, the queue included',
    ['method', 'route'],
    LATENCY_BUCKETS,
  );

  return ({ method, route, handler }) => {
    const latency = seconds.with(method, route);
    const answered = new Map<number, Counter>();

    function count(status: number): void {
      let counter = answered.get(status);
      if (!counter) answered.set(status, counter = requests.with(method, route, String(status)));
      counter.add();
    }

    return (c) => {
      const start = performance.now();
      const finish = (response: Response): Response => {
        count(response.status);
        latency.observe((performance.now() - start) / 1000);
        if (lifecycle.draining) response.headers.set('Connection', 'close');
        return response;
      };
      const fail = (error: Error): Response => finish(answerError(error, c, route));
      try {
        const response = handler(c);
        return response instanceof Promise ? response.then(finish, fail) : finish(response);
      } catch (error) {
        return fail(error as Error);
      }
    };
  };
}

function suffer<Path extends string>(faults: Faults, handler: RouteHandler<Path>): RouteHandler<Path> {
  return async (c) => {
    const { latencyMs, fails } = faults.next();
    if (latencyMs > 0) await sleep(latencyMs);
    return fails ? c.text('A fault was injected here on purpose\n', 500) : await handler(c);
  };
}

function addFaultRoutes(
  on: Service['on'],
  { faults, token, log }: { faults: Faults; token: string; log: Log },
): void {
  on('GET', '/faults', guarded(token, (c) => c.json(faults.current() ?? null)));
  on(
    'POST',
    '/faults',
    guarded(token, async (c) => {
      faults.set(await readJson(c, parseFault));
      log.warn('fault_on', { ...faults.current() });
      return c.json(faults.current());
    }),
  );
  on(
    'DELETE',
    '/faults',
    guarded(token, (c) => {
      faults.clear();
      log.warn('fault_off');
      return c.json(null);
    }),
  );
}

function addProcessMetrics(metrics: Metrics, identity: Identity): void {
  const startedAt = Date.now() / 1000 - process.uptime();
  metrics.gauge('coinroom_info', 'What runs here', () => [{ labels: { ...identity }, value: 1 }]);
  metrics.gauge('process_start_time_seconds', 'When the process started, Unix time', () => startedAt);
  metrics.gauge('process_resident_memory_bytes', 'Memory of the whole process', () => process.memoryUsage().rss);
}
