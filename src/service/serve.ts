/** Listening, on Node's http server or on Deno's own, and the way out of it. */
import { createAdaptorServer } from '@hono/node-server';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { SettingError } from './settings.ts';

/** Node's own answer to those who send their request slowly, or too much of it: 408, 431, or a closed connection. */
const LIMITS = {
  headersTimeout: 5000,
  // Longer than readBody() waits, so that it is the one who says what is wrong.
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16_384,
};

/** More than the queue of rng can hold (1024) with all its probes, and fewer than a classroom's file descriptors. */
const MAX_CONNECTIONS = 4096;

/** How often a stopping server looks for connections that nobody uses any more. */
const SWEEP_MS = 50;

/** A connection on which nothing moves is closed after this time: longer than the longest wait in a queue, 102 s. */
const SILENCE_MS = 180_000;

type Fetch = (request: Request) => Response | Promise<Response>;

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface Server {
  /** The port really taken. */
  readonly port: number;
  /** Stops accepting, lets what is in flight finish, then resolves. */
  readonly close: () => Promise<void>;
}

/** For a request of HTTP/1.0, which need not say whom it is for: balancers ask so whether one is well (HAProxy's option httpchk). */
const OF_NOBODY = 'localhost';

/**
 * Listens and answers through `fetch`.
 *
 * @throws SettingError when the port is taken or may not be used, naming it and the way out
 */
export async function serve(fetch: Fetch, address: Address): Promise<Server> {
  try {
    return await (deno ? serveOnDeno(deno, fetch, address) : serveOnNode(fetch, address));
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, address);
  }
}

async function serveOnNode(fetch: Fetch, { host, port }: Address): Promise<Server> {
  const server = createAdaptorServer({ fetch, hostname: OF_NOBODY, serverOptions: LIMITS }) as HttpServer;
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = SILENCE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        // Not http's own close(): it also ends what was accepted a moment ago and has not sent its request yet. That
        // request would be lost, one in three times under load (measured); now it has until the first sweep.
        NetServer.prototype.close.call(server, () => {
          clearInterval(sweep);
          // Nothing is left to close but its timer.
          server.close();
          resolve();
        });
        // A connection that is kept alive becomes idle only after its last answer, and then nobody else would close it.
        const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
      }),
  };
}

/** The part of Deno's API that is used here; its types are not there when Node's compiler looks. */
interface DenoRuntime {
  serve(
    options: { hostname: string; port: number; onListen: () => void; onError: (error: unknown) => Response },
    fetch: Fetch,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}

const deno = (globalThis as { Deno?: DenoRuntime }).Deno;

function serveOnDeno(runtime: DenoRuntime, fetch: Fetch, { host, port }: Address): Server {
  const options = {
    hostname: host,
    port,
    onListen: () => {},
    onError: () => new Response('Internal error\n', { status: 500 }),
  };
  const server = runtime.serve(options, (request) => fetch(request));
  return { port: server.addr.port, close: () => server.shutdown() };
}

function explained(error: NodeJS.ErrnoException, { host, port }: Address): Error {
  const code = error.code ?? error.name;
  if (code === 'EADDRINUSE' || code === 'AddrInUse') {
    return new SettingError(
      `PORT must be a free port; ${port} is taken by another program: stop that one, or choose another, ` +
        `such as --port ${port === 9000 ? 9100 : 9000}`,
    );
  }
  if (code === 'EACCES' || code === 'PermissionDenied') {
    return new SettingError(`PORT must be one that this user may listen on; got ${port}`);
  }
  if (code === 'EADDRNOTAVAIL' || code === 'AddrNotAvailable' || code === 'ENOTFOUND') {
    return new SettingError(`HOST must be an address of this machine; got "${host}"`);
  }
  return error;
}
