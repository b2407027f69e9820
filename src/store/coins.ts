/** Coins one after the other in one array: as Redis gets them, and a fifth of the memory that an object a coin takes. */

/** A coin as it is recorded: its sha256 as 64 lower-case hex digits, and the bytes that were hashed. */
export interface Coin {
  readonly hash: string;
  readonly origin: Uint8Array;
}

/** Some coins: an array, or packed. */
export interface Coins extends Iterable<Coin> {
  readonly length: number;
}

/** Of a sha256 in hex. */
const HASH_DIGITS = 64;

/** What one byte can tell; candidates are 52 at the most. */
const MOST_ORIGIN_BYTES = 255;

export interface PackedCoins extends Coins {
  /** For each coin its hash in hex, the length of its origin as one byte, its origin. */
  readonly bytes: Uint8Array;
}

export function isPacked(coins: Coins): coins is PackedCoins {
  return 'bytes' in coins;
}

/**
 * Packs coins, or gives them back when they are packed already.
 *
 * @throws RangeError for a hash that has not 64 digits, or an origin that is too long
 */
export function packCoins(coins: Coins): PackedCoins {
  if (isPacked(coins)) return coins;
  let size = 0;
  for (const coin of coins) {
    checkCoin(coin);
    size += HASH_DIGITS + 1 + coin.origin.length;
  }
  const bytes = new Uint8Array(size);
  const text = asBuffer(bytes);
  let at = 0;
  for (const { hash, origin } of coins) {
    text.write(hash, at, HASH_DIGITS, 'latin1');
    bytes[at + HASH_DIGITS] = origin.length;
    bytes.set(origin, at + HASH_DIGITS + 1);
    at += HASH_DIGITS + 1 + origin.length;
  }
  return packed(bytes, coins.length);
}

/**
 * Packs some of many strings of one length that follow one another, with their hashes, 64 hex digits each.
 *
 * @param picks which of them are coins
 */
export function packSome(
  picks: readonly number[],
  { hashes, origins, originBytes }: { hashes: Uint8Array; origins: Uint8Array; originBytes: number },
): PackedCoins {
  const each = HASH_DIGITS + 1 + originBytes;
  const bytes = new Uint8Array(picks.length * each);
  const [digits, strings] = [asBuffer(hashes), asBuffer(origins)];
  for (const [place, pick] of picks.entries()) {
    const at = place * each;
    digits.copy(bytes, at, pick * HASH_DIGITS, (pick + 1) * HASH_DIGITS);
    bytes[at + HASH_DIGITS] = originBytes;
    strings.copy(bytes, at + HASH_DIGITS + 1, pick * originBytes, (pick + 1) * originBytes);
  }
  return packed(bytes, picks.length);
}

/** @throws RangeError when a coin breaks the rules of its parts */
export function checkCoin({ hash, origin }: Coin): void {
  if (hash.length === HASH_DIGITS && origin.length <= MOST_ORIGIN_BYTES) return;
  const rule = `a coin has ${HASH_DIGITS} hex digits and at most ${MOST_ORIGIN_BYTES} bytes of origin`;
  throw new RangeError(`Cannot record a batch: ${rule}; got ${hash.length} and ${origin.length}`);
}

/** All coins of several lists, packed. */
export function joinCoins(lists: readonly Coins[]): PackedCoins {
  if (lists.length === 1) return packCoins(lists[0]!);
  const parts = lists.map(packCoins);
  return packed(Buffer.concat(parts.map(({ bytes }) => bytes)), parts.reduce((sum, { length }) => sum + length, 0));
}

function packed(bytes: Uint8Array, length: number): PackedCoins {
  return {
    bytes,
    length,
    *[Symbol.iterator]() {
      const text = asBuffer(bytes);
      for (let at = 0; at < bytes.length;) {
        const origin = at + HASH_DIGITS + 1;
        const end = origin + bytes[origin - 1]!;
        yield { hash: text.toString('latin1', at, at + HASH_DIGITS), origin: bytes.subarray(origin, end) };
        at = end;
      }
    },
  };
}

/** The same bytes, with the methods of a Buffer. */
export function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
