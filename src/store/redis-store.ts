/** The wallet in Redis, for many machines. */
import { asBuffer, packCoins } from './coins.ts';
import { connect } from './redis-connection.ts';
import { createReporter, type Reporter } from './redis-reporter.ts';
import { LEDGER, NEWEST, RECORD, TOTALS } from './redis-scripts.ts';
import {
  type Answer,
  checkBatch,
  type NewCoin,
  type Store,
  type StoreOptions,
  type WalletEntry,
  type WorkerRecord,
} from './store.ts';

/** How many fields HSCAN looks at in a step. */
const SCAN_STEP = 2000;

/**
 * @param url `redis://user:password@host:port/db` or `rediss://…`
 */
export function openRedisStore(url: string, { timeoutMs }: StoreOptions): Store {
  const main = connect(url, timeoutMs);
  let reporter: Reporter | undefined;

  return {
    record: async (batch) => {
      checkBatch(batch);
      const { worker, sequence, hashes, coins, closes = [] } = batch;
      const closing = closes.flatMap(({ worker, last }) => [worker, String(last)]);
      const head = [worker, String(sequence), String(hashes), asBuffer(packCoins(coins).bytes)];
      return parseAnswer((await main.run(RECORD, [...head, ...closing])).map(String));
    },

    totals: async ({ newestCoins = 0 } = {}) => {
      const values = await main.run(TOTALS, [String(newestCoins)]);
      const [now, coins, hashes, duplicates, sum, oldest, newest, count] = values.slice(0, 8).map(String);
      const reportsFrom = 8 + Number(count);
      return {
        now: Number(now),
        coins: Number(coins),
        hashes: Number(hashes),
        duplicates: Number(duplicates),
        timing: { hashes: Number(sum), oldest: numberOrNull(oldest), newest: numberOrNull(newest) },
        newest: inGroupsOf(5, values.slice(8, reportsFrom)).map(newCoin),
        reports: inGroupsOf(3, values.slice(reportsFrom).map(String)).map(([id, at, json]) => ({
          id: id!,
          at: Number(at),
          json: json!,
        })),
      };
    },

    newestCoins: async (limit) => inGroupsOf(5, await main.run(NEWEST, [String(limit)])).map(newCoin),

    report: async (id, json, ttlMs) => {
      reporter ??= createReporter(url, timeoutMs);
      return await reporter.report(id, json, ttlMs);
    },

    ledger: async () => {
      const values = (await main.run(LEDGER, [])).map(String);
      const [coins, hashes, duplicates, recordedCoins, recordedHashes] = values.slice(0, 5).map(Number);
      return {
        coins: coins!,
        hashes: hashes!,
        duplicates: duplicates!,
        recordedCoins: recordedCoins!,
        recordedHashes: recordedHashes!,
        workers: inGroupsOf(5, values.slice(5)).map(workerRecord).sort((a, b) => (a.id < b.id ? -1 : 1)),
      };
    },

    async *wallet() {
      let cursor = '0';
      do {
        const page = await main.call(() => main.client.hScan('wallet', cursor, { COUNT: SCAN_STEP }));
        cursor = String(page.cursor);
        yield page.entries.map(({ field, value }): WalletEntry => ({
          hash: String(field),
          origin: value as unknown as Buffer,
        }));
      } while (cursor !== '0');
    },

    close: async () => void await Promise.all([main.close(), reporter?.close()]),
  };
}

function parseAnswer([outcome, last, ...rest]: readonly string[]): Answer {
  const numbers = rest.map(Number);
  switch (outcome) {
    case 'recorded':
      return { outcome, last: Number(last), created: numbers[0]!, duplicates: numbers[1]! };
    case 'moved':
      return { outcome, last: Number(last), lasts: numbers };
    case 'stale':
    case 'gap':
    case 'closed':
      return { outcome, last: Number(last) };
    default:
      throw new Error(`Redis answered ${JSON.stringify(outcome)} to a batch`);
  }
}

function newCoin([hash, at, worker, originBytes, origin]: readonly Buffer[]): NewCoin {
  return {
    hash: String(hash),
    origin: origin!,
    originBytes: Number(String(originBytes)),
    at: Number(String(at)),
    worker: String(worker),
  };
}

function workerRecord([id, last, closed, hashes, coins]: readonly string[]): WorkerRecord {
  return {
    id: id!,
    last: Number(last),
    closed: closed === '1',
    hashes: numberOrNull(hashes),
    coins: numberOrNull(coins),
  };
}

function numberOrNull(text: string | undefined): number | null {
  return text ? Number(text) : null;
}

function inGroupsOf<T>(size: number, items: readonly T[]): T[][] {
  return Array.from({ length: items.length / size }, (_, at) => items.slice(at * size, (at + 1) * size));
}
