/** Bytes on a socket, for clients that no HTTP library would be. */
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  /** All that came back, as latin1. */
  readonly text: string;
  /** False when it was still open when the time was over. */
  readonly isClosed: boolean;
}

export interface RawOptions {
  /** How long the other side has to close. */
  readonly withinMs?: number;
  /** Says that nothing more will come; otherwise the other side may wait for more. */
  readonly thenEnd?: boolean;
}

/** Sends the bytes, and nothing after them; gives what came until the other side closed. */
export function exchangeRaw(port: number, bytes: Uint8Array | string, options: RawOptions = {}): Promise<RawAnswer> {
  const { withinMs = 15_000, thenEnd = false } = options;
  const { promise, resolve } = Promise.withResolvers<RawAnswer>();
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  const finish = (isClosed: boolean): void => {
    clearTimeout(timer);
    socket.destroy();
    resolve({ text: Buffer.concat(chunks).toString('latin1'), isClosed });
  };
  const timer = setTimeout(() => finish(false), withinMs);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A reset is a way to close, and so is one that comes while the bytes are still being sent.
  socket.on('error', () => {});
  socket.on('close', () => finish(true));
  if (thenEnd) socket.end(bytes);
  else socket.write(bytes);
  return promise;
}

/** Opens connections that send the beginning of a request and then nothing. */
export async function openHalfSent(port: number, count: number, beginning: string): Promise<Socket[]> {
  return await Promise.all(Array.from({ length: count }, () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => {
        socket.off('error', reject);
        socket.on('error', () => {});
        socket.resume();
        socket.write(beginning, () => resolve(socket));
      });
      socket.once('error', reject);
    })));
}
