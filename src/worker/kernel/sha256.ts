/**
 * sha256 of one block, written once and run in three ways. A word of the block is either known, a number, or it varies
 * from candidate to candidate, and then it is whatever the machine makes of it. What depends on known words alone is
 * computed here and now; what does not is handed to the machine, step by step.
 *
 * So with a block of numbers this is sha256; with the last word of the seed varying it gives the code of the kernel
 * (emit.ts), and the constants that this code takes from memory (one set for each seed). FIPS 180-4, sections 4 to 6:
 * https://doi.org/10.6028/NIST.FIPS.180-4
 */

/** The steps on varying words; all are modulo 2^32. */
export interface Machine<Varying> {
  /** The second operand of `rotr` and `shr` is how far; of the others it may be a known word. */
  readonly step: (operation: Operation, left: Varying, right: Varying | number) => Varying;
}

export type Operation = 'add' | 'xor' | 'and' | 'rotr' | 'shr';

/** Section 5.3.3. */
const INITIAL = [
  ...[0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a],
  ...[0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19],
] as const;

/** Section 4.2.2. */
// deno-fmt-ignore
const ROUND_CONSTANTS = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
] as const;

const ROUNDS = 64;

/** How many rounds ahead of its use a word of the schedule is computed: 2 % faster than in its own round (measured). */
const AHEAD = 2;

/**
 * The first word of the sha256 of a message that fits one block.
 *
 * @param message 1 to 13 big-endian words
 */
export function firstWord<Varying>(
  message: readonly (Varying | number)[],
  machine: Machine<Varying>,
): Varying | number {
  const { sum, xor, and, rotr, shr } = createArithmetic(machine);
  type Word = Varying | number;

  // Section 4.1.2, with `choose` and `majority` in forms that take a step less.
  const choose = (x: Word, y: Word, z: Word): Word => xor(and(x, xor(y, z)), z);
  const upperSigma = (x: Word, [a, b, c]: readonly [number, number, number]): Word =>
    xor(xor(rotr(x, a), rotr(x, b)), rotr(x, c));
  const lowerSigma = (x: Word, [a, b, c]: readonly [number, number, number]): Word =>
    xor(xor(rotr(x, a), rotr(x, b)), shr(x, c));

  // Section 5.1.1: a 1, zeros, and the length in bits.
  const schedule: Word[] = [...message, 0x80000000, ...new Array<number>(14 - message.length).fill(0)];
  schedule.push(message.length * 32);
  const scheduleUpTo = (round: number): void => {
    for (let t = schedule.length; t <= round && t < ROUNDS; t++) {
      const early = sum(schedule[t - 16]!, schedule[t - 7]!, lowerSigma(schedule[t - 15]!, [7, 18, 3]));
      schedule.push(sum(early, lowerSigma(schedule[t - 2]!, [17, 19, 10])));
    }
  };

  let [a, b, c, d, e, f, g, h]: Word[] = INITIAL as unknown as Word[];
  let bXorC = xor(b!, c!);
  for (let t = 0; t < ROUNDS; t++) {
    scheduleUpTo(t);
    const first = sum(
      sum(h!, ROUND_CONSTANTS[t]!, schedule[t]!),
      choose(e!, f!, g!),
      upperSigma(e!, [6, 11, 25]),
    );
    // a ^ b of this round is b ^ c of the next.
    const aXorB = xor(a!, b!);
    const majority = xor(and(aXorB, bXorC), b!);
    bXorC = aXorB;
    const second = sum(upperSigma(a!, [2, 13, 22]), majority);
    if (t === ROUNDS - 1) return sum(first, second, INITIAL[0]);
    [h, g, f, e, d, c, b, a] = [g!, f!, e!, sum(d!, first), c!, b!, a!, sum(first, second)];
    scheduleUpTo(t + AHEAD);
  }
  throw new Error('there are no rounds');
}

/** Computes on known words, and has the machine compute on the others. */
function createArithmetic<Varying>({ step }: Machine<Varying>) {
  type Word = Varying | number;
  const isKnown = (word: Word): word is number => typeof word === 'number';

  /** Known words are added up first, so that together they cost one step. */
  function sum(...words: readonly Word[]): Word {
    const known = words.filter(isKnown);
    const total = known.reduce((total, word) => (total + word) | 0, 0);
    const [first, ...others] = words.filter((word) => !isKnown(word)) as Varying[];
    if (first === undefined) return total;
    const start = known.length > 0 ? step('add', first, total) : first;
    return others.reduce((total, word) => step('add', total, word), start);
  }

  function xor(x: Word, y: Word): Word {
    if (isKnown(x)) return isKnown(y) ? x ^ y : step('xor', y, x);
    return step('xor', x, y);
  }

  function and(x: Word, y: Word): Word {
    if (isKnown(x)) return isKnown(y) ? x & y : step('and', y, x);
    return step('and', x, y);
  }

  const rotr = (x: Word, by: number): Word => isKnown(x) ? (x >>> by) | (x << (32 - by)) : step('rotr', x, by);
  const shr = (x: Word, by: number): Word => isKnown(x) ? x >>> by : step('shr', x, by);
  return { sum, xor, and, rotr, shr };
}
