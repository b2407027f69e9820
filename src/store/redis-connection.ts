/** A connection to Redis that comes back by itself, and calls on it that end in time. */
import { createHash } from 'node:crypto';
import { ClientOfflineError, createClient, ErrorReply, RESP_TYPES } from 'redis';

type Client = ReturnType<typeof createBufferClient>;

export interface Connection {
  readonly client: Client;
  /** Runs a command within the time that one may take. */
  readonly call: <T>(command: () => Promise<T>) => Promise<T>;
  /** Runs one of the scripts of redis-scripts.ts. */
  readonly run: (script: string, args: readonly (string | Uint8Array)[]) => Promise<Buffer[]>;
  /** How often it has been connected: a change says that what was written before may be gone. */
  readonly epoch: () => number;
  readonly close: () => Promise<void>;
}

function createBufferClient(url: string, timeoutMs: number) {
  return createClient({
    url,
    RESP: 2,
    // A call made while there is no connection fails at once: its caller knows better when to try again.
    disableOfflineQueue: true,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: reconnectAfterMs },
    maintNotifications: 'disabled',
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}

/** Connects in the background, again and again; `timeoutMs` is the most that a call may take. */
export function connect(url: string, timeoutMs: number): Connection {
  const client = createBufferClient(url, timeoutMs);
  // Why there is no connection; a call that is made meanwhile only says that it is offline.
  let trouble: Error | undefined;
  const firstAttempt = Promise.withResolvers<void>();
  client.on('error', (error: Error) => {
    trouble = error;
    firstAttempt.resolve();
  });
  let epoch = 0;
  client.on('ready', () => {
    epoch++;
    firstAttempt.resolve();
  });
  client.connect().catch(() => {});

  async function call<T>(command: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`Redis did not answer within ${timeoutMs} ms`)), timeoutMs);
    });
    try {
      return await Promise.race([firstAttempt.promise.then(command), late]);
    } catch (error) {
      if (!(error instanceof ClientOfflineError) || !trouble) throw error;
      throw new Error(`Cannot reach Redis: ${trouble.message || trouble.name}`, { cause: trouble });
    } finally {
      clearTimeout(timer);
    }
  }

  const scriptHashes = new Map<string, string>();

  async function run(script: string, args: readonly (string | Uint8Array)[]): Promise<Buffer[]> {
    const options = { keys: [], arguments: args.map((arg) => typeof arg === 'string' ? arg : asBuffer(arg)) };
    let sha1 = scriptHashes.get(script);
    if (sha1 === undefined) scriptHashes.set(script, sha1 = createHash('sha1').update(script).digest('hex'));
    try {
      return await call(() => client.evalSha(sha1, options)) as Buffer[];
    } catch (error) {
      // A Redis that was restarted or flushed has forgotten its scripts.
      if (!(error instanceof ErrorReply && error.message.startsWith('NOSCRIPT'))) throw error;
      return await call(() => client.eval(script, options)) as Buffer[];
    }
  }

  async function close(): Promise<void> {
    if (client.isReady) await call(() => client.close()).catch(() => client.destroy());
    else client.destroy();
  }

  return { client, call, run, epoch: () => epoch, close };
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Between two attempts to connect: short, because a class waits, and uneven, because many workers do. */
function reconnectAfterMs(retries: number): number {
  return Math.min(50 * 2 ** retries, 2000) * (0.5 + Math.random() / 2);
}
