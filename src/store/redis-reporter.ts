/**
 * A worker's report, and the question whether what Redis holds of it is on its disk.
 *
 * WAITAOF waits for what its own connection wrote, and makes all that follows on it wait too: so reports have a connection
 * of their own. A report is written after everything that was acknowledged before it, so that when it is on the disk,
 * they are.
 */
import { ErrorReply } from 'redis';
import { connect } from './redis-connection.ts';
import { REPORT } from './redis-scripts.ts';

export interface Reporter {
  /** See Store.report. */
  readonly report: (id: string, json: string, ttlMs: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** With `appendfsync everysec` a write is on the disk after a second; who asks longer keeps a stopping worker waiting. */
const DURABLE_WITHIN_MS = 1500;

export function createReporter(url: string, timeoutMs: number): Reporter {
  const { client, call, run, epoch, close } = connect(url, timeoutMs);
  /** The connection on which WAITAOF was refused: another Redis may take its place. */
  let refusedAt = -1;

  async function write(id: string, json: string, ttlMs: number): Promise<number> {
    const args = [id, json, String(ttlMs)];
    try {
      return Number((await run(REPORT, args))[0]);
    } catch (error) {
      // That the store is full must be seen on the page, so a report is let in. Redis before 7 knows no such flag.
      if (!(error instanceof ErrorReply && error.message.startsWith('OOM'))) throw error;
      return Number((await run(`#!lua flags=allow-oom\n${REPORT}`, args))[0]);
    }
  }

  /** Whether what this connection wrote is on the disk. */
  async function isOnDisk(): Promise<boolean> {
    if (refusedAt === epoch()) return false;
    try {
      const wait = ['WAITAOF', '1', '0', String(DURABLE_WITHIN_MS)];
      const [local] = await call(() => client.sendCommand(wait)) as unknown as readonly number[];
      return local! >= 1;
    } catch (error) {
      if (!(error instanceof ErrorReply)) throw error;
      // Redis before 7.2 has no such command, and without an append-only file there is nothing to wait for.
      refusedAt = epoch();
      return false;
    }
  }

  return {
    report: async (id, json, ttlMs) => {
      const before = epoch();
      const last = await write(id, json, ttlMs);
      // On another connection it would be another Redis that answers, perhaps one that came back with less.
      return await isOnDisk() && before === epoch() ? last : 0;
    },
    close,
  };
}
