/** What a kernel is: the hot loop, which looks for coins among the candidates of a seed. */

/** Some of a seed's candidates. */
export interface Range {
  /** 4 to 52 bytes, a multiple of 4. */
  readonly seed: Uint8Array;
  /** The first candidate to try; candidate i is the seed with its last word advanced by i, modulo 2^32. */
  readonly first: number;
  readonly count: number;
  /** Leading zero hex digits that make a coin, at least 1. */
  readonly difficulty: number;
}

export interface Kernel {
  /**
   * Tries all candidates of a range and gives the indices, ascending, of those whose sha256 begins with that many
   * zeros, or with eight: it looks at the first word only.
   */
  readonly find: (range: Range) => number[];
}

/** How many leading zero hex digits a kernel looks for. */
export function zerosLookedFor(difficulty: number): number {
  return Math.min(difficulty, 8);
}
