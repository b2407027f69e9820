/** The wallet in one file, through node:sqlite: nothing to install, one machine. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { judge, UNKNOWN_WORKER, type WorkerState } from './rules.ts';
import { createHashes, HASHES_SCHEMA } from './sqlite-hashes.ts';
import type { Coins } from './coins.ts';
import {
  type Answer,
  type Batch,
  checkBatch,
  KEPT_ENTRIES,
  type NewCoin,
  SHOWN_ORIGIN_BYTES,
  type Store,
  StoreUrlError,
  type WorkerRecord,
} from './store.ts';

// A rowid table for the wallet: rows are appended in the order of finding, so the newest coins are the last rows.
const SCHEMA = `
CREATE TABLE IF NOT EXISTS wallet (
  id INTEGER PRIMARY KEY, hash BLOB NOT NULL, origin BLOB NOT NULL, at REAL NOT NULL, worker INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timing (id INTEGER PRIMARY KEY, at REAL NOT NULL, hashes INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS workers (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, last INTEGER NOT NULL, created INTEGER NOT NULL,
  duplicates INTEGER NOT NULL, hashes INTEGER NOT NULL, coins INTEGER NOT NULL, at REAL NOT NULL,
  closed INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS reports (
  id TEXT PRIMARY KEY, at REAL NOT NULL, expires REAL NOT NULL, json TEXT NOT NULL
) STRICT, WITHOUT ROWID;
${HASHES_SCHEMA}
INSERT OR IGNORE INTO counters VALUES ('coins', 0), ('hashes', 0), ('duplicates', 0);
`;

/** How long a second process on the same file is waited for, ms. */
const BUSY_TIMEOUT_MS = 5000;

/** Memory for pages; it fills only as far as the wallet needs it. */
const CACHE_KB = 65_536;

/** Pages that are first written to the log, 32 MB: one that changes often is then copied into the file once. */
const CHECKPOINT_PAGES = 8000;

/** How many rows of the wallet are read at a time. */
const READ_STEP = 2000;

export interface SqliteOptions {
  /** Unix time in seconds: the clock of this store; default: the machine's. */
  readonly now?: () => number;
  /** A file that is not there is an error, and not made. */
  readonly mustExist?: boolean;
  /** See sqlite-hashes.ts. */
  readonly generationCoins?: number;
}

/**
 * Opens or makes the file (and its folder); `:memory:` keeps all in memory.
 *
 * @throws StoreUrlError when it cannot be made, opened or written, or is something else
 */
export function openSqliteStore(file: string, options: SqliteOptions = {}): Store {
  const { now = () => Date.now() / 1000, mustExist = false, generationCoins } = options;
  const db = open(file, mustExist);
  const statements = new Map<string, StatementSync>();
  const sql = (text: string): StatementSync => {
    let statement = statements.get(text);
    if (!statement) statements.set(text, statement = db.prepare(text));
    return statement;
  };
  const hashes = createHashes({ sql, ...(generationCoins ? { generationCoins } : {}) });
  const add = (counter: string, amount: number): void => {
    if (amount > 0) sql('UPDATE counters SET value = value + ? WHERE name = ?').run(amount, counter);
  };

  function record(batch: Batch): Answer {
    const answer = judge(batch, stateOf);
    if (answer !== 'accept') return answer;
    const at = now();
    const worker = numberOf(batch.worker, at);
    for (const closing of batch.closes ?? []) {
      sql('UPDATE workers SET closed = 1 WHERE number = ?').run(numberOf(closing.worker, at));
    }
    const created = addCoins(batch.coins, { at, worker });
    const duplicates = batch.coins.length - created;
    add('coins', created);
    add('hashes', batch.hashes);
    add('duplicates', duplicates);
    const { lastInsertRowid } = sql('INSERT INTO timing (at, hashes) VALUES (?, ?)').run(at, batch.hashes);
    sql('DELETE FROM timing WHERE id <= ?').run(Number(lastInsertRowid) - KEPT_ENTRIES);
    sql(
      `UPDATE workers SET last = ?, created = ?, duplicates = ?, hashes = hashes + ?, coins = coins + ?, at = ?
       WHERE number = ?`,
    ).run(batch.sequence, created, duplicates, batch.hashes, batch.coins.length, at, worker);
    return { outcome: 'recorded', last: batch.sequence, created, duplicates };
  }

  /** Gives how many of them are new. */
  function addCoins(coins: Coins, { at, worker }: { at: number; worker: number }): number {
    if (coins.length === 0) return 0;
    const { before } = sql('SELECT coalesce(max(id), 0) AS before FROM wallet').get() as { before: number };
    const insert = sql('INSERT INTO wallet (id, hash, origin, at, worker) VALUES (?, ?, ?, ?, ?)');
    let newest = before;
    hashes.begin();
    for (const { hash, origin } of coins) {
      const bytes = Buffer.from(hash, 'hex');
      if (hashes.add(bytes, newest + 1)) insert.run(++newest, bytes, origin, at, worker);
    }
    hashes.end(newest);
    return newest - before;
  }

  function stateOf(worker: string): WorkerState {
    const row = sql('SELECT last, created, duplicates, closed FROM workers WHERE id = ?').get(worker) as
      | { last: number; created: number; duplicates: number; closed: number }
      | undefined;
    return row ? { ...row, closed: row.closed === 1 } : UNKNOWN_WORKER;
  }

  // An id that was never seen gets a row; rows are small, so idle ids stay instead of being folded together.
  function numberOf(worker: string, at: number): number {
    sql('INSERT OR IGNORE INTO workers VALUES (NULL, ?, 0, 0, 0, 0, 0, ?, 0)').run(worker, at);
    return (sql('SELECT number FROM workers WHERE id = ?').get(worker) as { number: number }).number;
  }

  /** All or nothing; IMMEDIATE, so that two processes wait for each other instead of failing half-way. */
  function atomically<T>(action: () => T): T {
    sql('BEGIN IMMEDIATE').run();
    try {
      const result = action();
      sql('COMMIT').run();
      return result;
    } catch (error) {
      if (db.isTransaction) sql('ROLLBACK').run();
      throw error;
    }
  }

  function counters(): { coins: number; hashes: number; duplicates: number } {
    const rows = sql('SELECT name, value FROM counters').all() as { name: string; value: number }[];
    return Object.fromEntries(rows.map(({ name, value }) => [name, value])) as ReturnType<typeof counters>;
  }

  function newest(limit: number): NewCoin[] {
    const rows = sql(
      `SELECT wallet.hash, substr(origin, 1, ${SHOWN_ORIGIN_BYTES}) AS origin, length(origin) AS originBytes, wallet.at,
         workers.id AS worker
       FROM wallet JOIN workers ON workers.number = wallet.worker ORDER BY wallet.id DESC LIMIT ?`,
    ).all(limit) as unknown as (Omit<NewCoin, 'hash'> & { hash: Uint8Array })[];
    return rows.map((row) => ({ ...row, hash: hex(row.hash) }));
  }

  return {
    record: async (batch) => {
      checkBatch(batch);
      return await atomically(() => record(batch));
    },

    totals: async ({ newestCoins = 0 } = {}) =>
      await atomically(() => ({
        ...counters(),
        now: now(),
        timing: {
          ...sql('SELECT coalesce(sum(hashes), 0) AS hashes, min(at) AS oldest, max(at) AS newest FROM timing')
            .get() as {
              hashes: number;
              oldest: number | null;
              newest: number | null;
            },
        },
        newest: newest(newestCoins),
        reports: sql('SELECT id, at, json FROM reports WHERE expires > ?').all(now()) as unknown as {
          id: string;
          at: number;
          json: string;
        }[],
      })),

    newestCoins: async (limit) => await Promise.resolve(newest(limit)),

    report: async (id, json, ttlMs) =>
      await atomically(() => {
        sql('DELETE FROM reports WHERE expires <= ?').run(now());
        sql('INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?)').run(id, now(), now() + ttlMs / 1000, json);
        // A commit returns when the disk has it (synchronous = FULL).
        return stateOf(id).last;
      }),

    ledger: async () =>
      await atomically(() => ({
        ...counters(),
        coins: (sql('SELECT count(*) AS coins FROM wallet').get() as { coins: number }).coins,
        ...sql(
          'SELECT coalesce(sum(coins), 0) AS recordedCoins, coalesce(sum(hashes), 0) AS recordedHashes FROM workers',
        ).get() as { recordedCoins: number; recordedHashes: number },
        workers: (sql('SELECT id, last, closed, hashes, coins FROM workers ORDER BY id').all() as unknown as (
          & Omit<WorkerRecord, 'closed'>
          & { closed: number }
        )[]).map((row) => ({ ...row, closed: row.closed === 1 })),
      })),

    async *wallet() {
      const step = sql('SELECT id, hash, origin FROM wallet WHERE id > ? ORDER BY id LIMIT ?');
      for (let after = 0;;) {
        const rows = step.all(after, READ_STEP) as { id: number; hash: Uint8Array; origin: Uint8Array }[];
        if (rows.length === 0) return;
        yield rows.map(({ hash, origin }) => ({ hash: hex(hash), origin }));
        after = rows.at(-1)!.id;
      }
    },

    close: async () => await Promise.resolve(db.close()),
  };
}

function open(file: string, mustExist: boolean): DatabaseSync {
  if (mustExist && !existsSync(file)) throw new StoreUrlError('it must be a file that exists');
  try {
    if (file !== ':memory:') makeFolder(dirname(file));
    const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    whenNotLocked(() => db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL'));
    db.exec(`PRAGMA cache_size = -${CACHE_KB}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec(SCHEMA);
    return db;
  } catch (error) {
    throw new StoreUrlError(`it must be a file that can be opened and written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

// SQLite's own waiting does not cover the change to WAL, which two processes may make of a new file at once.
function whenNotLocked(action: () => void): void {
  const deadline = performance.now() + BUSY_TIMEOUT_MS;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!/database is locked/.test((error as Error).message) || performance.now() > deadline) throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}

// Step by step, since Node's `recursive: true` never returns where a file system refuses new folders, as /proc does.
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
