/** Candidate i of a seed: the seed with its last 32-bit big-endian word advanced by i, modulo 2^32. */

/** A copy of the seed, made candidate `index`. The seed is a multiple of 4 bytes long. */
export function candidateAt(seed: Uint8Array, index: number): Uint8Array {
  const candidate = Uint8Array.from(seed);
  const word = new DataView(candidate.buffer, candidate.length - 4);
  word.setUint32(0, (word.getUint32(0) + index) >>> 0);
  return candidate;
}

/** The candidates of several indices, one after the other in one array. */
export function candidatesAt(seed: Uint8Array, indices: ArrayLike<number>): Uint8Array {
  const all = new Uint8Array(seed.length * indices.length);
  const words = new DataView(all.buffer);
  const last = new DataView(seed.buffer, seed.byteOffset + seed.length - 4).getUint32(0);
  for (let at = 0; at < indices.length; at++) {
    all.set(seed, at * seed.length);
    words.setUint32((at + 1) * seed.length - 4, (last + indices[at]!) >>> 0);
  }
  return all;
}
