/** A real redis-server on a free port, with a folder of its own. */
import { createClient } from 'redis';
import { eventually } from './eventually.ts';
import { type Scope, temporaryFolder, unlessInstalled } from './machine.ts';
import { freePort } from './ports.ts';
import { type Program, startProgram } from './program.ts';

export const unlessRedis = unlessInstalled('redis-server', 'apt-get install redis-server');

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly program: Program;
  /** Sends one command as text and gives the reply. */
  readonly command: (...words: readonly string[]) => Promise<unknown>;
}

export interface RedisOptions {
  readonly port?: number;
  readonly folder?: string;
  /** Further options, such as `--appendonly yes`. */
  readonly args?: readonly string[];
}

export async function startRedis(t: Scope, options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? await freePort();
  const folder = options.folder ?? await temporaryFolder(t);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...options.args ?? []];
  const program = startProgram(t, ['redis-server', ...args]);
  const url = `redis://127.0.0.1:${port}`;
  await eventually(() => program.lines.some((line) => /Ready to accept connections/.test(line)), {
    what: 'redis-server to be ready',
  });
  return {
    url,
    port,
    folder,
    program,
    command: async (...words) => {
      const client = createClient({ url });
      await client.connect();
      try {
        return await client.sendCommand([...words]);
      } finally {
        await client.close();
      }
    },
  };
}
