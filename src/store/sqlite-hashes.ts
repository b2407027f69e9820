/**
 * Which hashes the wallet in a SQLite file has: the one thing about a wallet that must be looked up at a random place
 * for each coin, and so what makes recording slower the more coins there are. A UNIQUE index on the hash wrote one page
 * for each coin: 119 000 coins a second at the start, 30 000 at 2 million (measured), and slower from there.
 *
 * So coins are entered in generations of a quarter of a million, and only the present one is written to, which keeps
 * its pages few. A generation that is full is sealed: a Bloom filter (https://doi.org/10.1145/362686.362692) of its
 * hashes is stored beside it and kept in memory, and tells for nearly every new coin that it is not in there.
 */
import type { StatementSync } from 'node:sqlite';

export const HASHES_SCHEMA = `
CREATE TABLE IF NOT EXISTS hashes (
  generation INTEGER NOT NULL, key INTEGER NOT NULL, coin INTEGER NOT NULL, PRIMARY KEY (generation, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS filters (generation INTEGER PRIMARY KEY, last_coin INTEGER NOT NULL, bits BLOB NOT NULL) STRICT;
`;

export interface Hashes {
  /** Called first in every transaction that adds: sees what another process has sealed. */
  readonly begin: () => void;
  /** Enters the hash of coin number `coin`; false when a coin has it already. */
  readonly add: (hash: Buffer, coin: number) => boolean;
  /** Called last, with the number of the newest coin: seals the generation when it is full. */
  readonly end: (newest: number) => void;
}

export interface HashesOptions {
  /** Prepares a statement, or gives the one that is prepared. */
  readonly sql: (text: string) => StatementSync;
  /** Coins of a generation; default: 2^18. */
  readonly generationCoins?: number;
}

/** 16 bits for each of 2^18 coins: one look in 400 at a sealed generation is in vain, for half a MB of memory. */
const FILTER_BITS = 2 ** 22;
const BYTES = FILTER_BITS / 8;

/** Hashes that are read at a time. */
const READ_STEP = 2000;

export function createHashes({ sql, generationCoins = 2 ** 18 }: HashesOptions): Hashes {
  const filters: { readonly generation: number; readonly bits: Uint8Array }[] = [];
  let generation = 1;
  let lastSealed = 0;

  function hasCoin(generation: number, hash: Buffer): boolean {
    for (let key = keyOf(hash);; key++) {
      const coin = coinAt(generation, key);
      if (coin === undefined) return false;
      if (hashOf(coin).equals(hash)) return true;
    }
  }

  function coinAt(generation: number, key: number): number | undefined {
    const row = sql('SELECT coin FROM hashes WHERE generation = ? AND key = ?').get(generation, key);
    return (row as { coin: number } | undefined)?.coin;
  }

  function hashOf(coin: number): Buffer {
    return Buffer.from((sql('SELECT hash FROM wallet WHERE id = ?').get(coin) as { hash: Uint8Array }).hash);
  }

  function enter(hash: Buffer, coin: number): boolean {
    const insert = sql('INSERT OR IGNORE INTO hashes VALUES (?, ?, ?)');
    // Two hashes with one key: the later one takes the next free key.
    for (let key = keyOf(hash);; key++) {
      if (insert.run(generation, key, coin).changes === 1) return true;
      if (hashOf(coinAt(generation, key)!).equals(hash)) return false;
    }
  }

  return {
    begin: () => {
      const sealed = sql('SELECT generation, last_coin, bits FROM filters WHERE generation >= ? ORDER BY generation')
        .all(generation) as { generation: number; last_coin: number; bits: Uint8Array }[];
      for (const filter of sealed) {
        filters.push({ generation: filter.generation, bits: filter.bits });
        generation = filter.generation + 1;
        lastSealed = filter.last_coin;
      }
    },

    add: (hash, coin) => {
      for (const { generation, bits } of filters) if (mayHold(bits, hash) && hasCoin(generation, hash)) return false;
      return enter(hash, coin);
    },

    end: (newest) => {
      if (newest - lastSealed < generationCoins) return;
      const bits = new Uint8Array(BYTES);
      const read = sql('SELECT id, hash FROM wallet WHERE id > ? AND id <= ? ORDER BY id LIMIT ?');
      for (let at = lastSealed; at < newest;) {
        const rows = read.all(at, newest, READ_STEP) as { id: number; hash: Uint8Array }[];
        for (const { hash } of rows) mark(bits, Buffer.from(hash.buffer, hash.byteOffset, hash.length));
        at = rows.at(-1)!.id;
      }
      sql('INSERT INTO filters VALUES (?, ?, ?)').run(generation, newest, bits);
    },
  };
}

/** The last 48 bits: the first are zeros in every coin, and more do not fit a key that is a whole number to JavaScript. */
function keyOf(hash: Buffer): number {
  return hash.readUIntBE(26, 6);
}

// A sha256 is as good as random, so its own bits say which bits of the filter are its: four words, 22 bits of each.
const WORDS = [8, 12, 16, 20] as const;

function mark(bits: Uint8Array, hash: Buffer): void {
  for (const word of WORDS) {
    const bit = hash.readUInt32LE(word) % FILTER_BITS;
    bits[bit >>> 3]! |= 1 << (bit & 7);
  }
}

function mayHold(bits: Uint8Array, hash: Buffer): boolean {
  for (const word of WORDS) {
    const bit = hash.readUInt32LE(word) % FILTER_BITS;
    if (!(bits[bit >>> 3]! & (1 << (bit & 7)))) return false;
  }
  return true;
}
