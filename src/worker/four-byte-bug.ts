/**
 * The part of the seed that the worker mines on.
 *
 * This is the bug of the workshop's first worker: it takes only the first 4 bytes, so there are no more than 2^32
 * different candidates, and one day every coin that it finds has been found before.
 */
export function usedPart(seed: Uint8Array, fourByteBug: boolean): Uint8Array {
  return fourByteBug ? seed.subarray(0, 4) : seed;
}
