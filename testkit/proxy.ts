/** A TCP proxy that breaks connections on purpose: in the middle of a request or a reply, or with messages held back. */
import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Scope } from './machine.ts';

/**
 * `request`: part of a request reaches the server, then both sides are cut. `reply`: part of a reply reaches the client,
 * then both are cut. `late`: the client is cut at once; its request reaches the server whole, some time later.
 */
export type Cut = 'request' | 'reply' | 'late';

export interface BreakingProxy {
  readonly port: number;
  /** Cuts the next connection on which something passes. */
  readonly cut: (kind: Cut) => void;
  /** How often each happened. */
  readonly counts: Readonly<Record<Cut, number>>;
  /** Late requests that have reached the server by now. */
  readonly delivered: () => number;
}

export interface ProxyOptions {
  /** Where the server listens, on the loopback. */
  readonly serverPort: number;
  /** How long a late request is held back, ms. */
  readonly lateMs?: () => number;
}

/** Shorter messages are let through: half of one would be nothing. */
const LEAST_BYTES = 20;

export async function startBreakingProxy(
  t: Scope,
  { serverPort, lateMs = () => 500 }: ProxyOptions,
): Promise<BreakingProxy> {
  const counts = { request: 0, reply: 0, late: 0 };
  const wishes: Cut[] = [];
  const sockets = new Set<Socket>();
  let delivered = 0;

  /** The next wish, if it is one of these. */
  function takeWish(...kinds: readonly Cut[]): Cut | undefined {
    if (wishes.length === 0 || !kinds.includes(wishes[0]!)) return undefined;
    const wish = wishes.shift()!;
    counts[wish]++;
    return wish;
  }

  function link(client: Socket): void {
    const server = connect(serverPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    let isHeldBack = false;
    client.on('data', (bytes: Buffer) => {
      const wish = bytes.length < LEAST_BYTES ? undefined : takeWish('request', 'late');
      if (wish === 'request') {
        server.end(bytes.subarray(0, bytes.length >> 1));
        client.destroy();
      } else if (wish === 'late') {
        isHeldBack = true;
        client.destroy();
        setTimeout(() => server.end(bytes, () => void delivered++), lateMs());
      } else server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      if (bytes.length >= LEAST_BYTES && takeWish('reply')) {
        client.end(bytes.subarray(0, bytes.length >> 1));
        server.destroy();
      } else client.write(bytes);
    });
    client.on('close', () => void (isHeldBack || server.end()));
    server.on('close', () => client.destroy());
  }

  const listener = createServer(link);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (listener.address() as AddressInfo).port,
    cut: (kind) => void wishes.push(kind),
    counts,
    delivered: () => delivered,
  };
}

/**
 * A stand-in for Redis 7.2 where only an older one is to be had: passes everything on, but answers WAITAOF itself, as
 * a Redis with `appendfsync always` would. Gives its port, and how often it was asked.
 */
export async function startWaitAofStandIn(
  t: Scope,
  serverPort: number,
): Promise<{ port: number; asked: () => number }> {
  const sockets = new Set<Socket>();
  let asked = 0;
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    client.on('data', (bytes: Buffer) => {
      // The reporter sends it alone, after the answer to its report.
      if (!bytes.includes('\r\nWAITAOF\r\n')) return void server.write(bytes);
      asked++;
      client.write('*2\r\n:1\r\n:0\r\n');
    });
    server.on('data', (bytes) => void client.write(bytes));
    client.on('close', () => server.destroy());
    server.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: (listener.address() as AddressInfo).port, asked: () => asked };
}
