/** Candidate i of a seed: the seed with its last 32-bit big-endian word advanced by i, modulo 2^32. */

/** The last word of a seed, which is a multiple of 4 bytes long. */
export function lastWord(seed: Uint8Array): number {
  return new DataView(seed.buffer, seed.byteOffset + seed.length - 4).getUint32(0);
}

/** A copy of the seed, made candidate `index`. */
export function candidateAt(seed: Uint8Array, index: number): Uint8Array {
  return candidatesAt(seed, [index]);
}

/** The candidates of several indices, one after the other in one array. */
export function candidatesAt(seed: Uint8Array, indices: ArrayLike<number>): Uint8Array {
  const all = new Uint8Array(seed.length * indices.length);
  const words = new DataView(all.buffer);
  const start = lastWord(seed);
  for (let at = 0; at < indices.length; at++) {
    all.set(seed, at * seed.length);
    words.setUint32((at + 1) * seed.length - 4, (start + indices[at]!) >>> 0);
  }
  return all;
}

/** One array that becomes candidate after candidate: for those who look at it at once and keep nothing. */
export function createCandidate(seed: Uint8Array): (index: number) => Uint8Array {
  const candidate = Uint8Array.from(seed);
  const word = new DataView(candidate.buffer, candidate.length - 4);
  const start = lastWord(seed);
  return (index) => {
    word.setUint32(0, (start + index) >>> 0);
    return candidate;
  };
}
