/**
 * The kernel's code, for seeds of one length: a loop over candidates, four at a time in the lanes of SIMD registers, or
 * one at a time. What is known of a seed before the loop stands in memory, in as many lanes.
 *
 * The exported function `search(start, groups, mask)` tries `groups` groups of candidates, whose last words begin at
 * `start`, and writes down each group in which the first word of a digest has no bit in common with `mask`. It gives
 * where the list ends: 8 bytes for each group, its number and a bit for each of its winners.
 */
import { assembleModule, FLOW, I32, LOCAL, TYPE, type Type, V128 } from './assembler.ts';
import { firstWord, type Operation } from './sha256.ts';

/** How the lanes of one kind of kernel are worked on. */
export interface Lanes {
  readonly count: 1 | 4;
  readonly type: Type;
  readonly load: (address: number) => readonly number[];
  /** Made of one 32-bit number: the same in all lanes, and with each lane's number added. */
  readonly splat: readonly number[];
  readonly spread: readonly number[];
  readonly operations: Readonly<Record<'add' | 'xor' | 'and', readonly number[]>>;
  readonly shr: (from: number, by: number) => readonly number[];
  readonly rotr: (from: number, by: number) => readonly number[];
  /** Makes of the masked words what `bits` and `any` are asked about. */
  readonly isZero: readonly number[];
  readonly any: readonly number[];
  readonly bits: readonly number[];
}

export const SCALAR: Lanes = {
  count: 1,
  type: TYPE.i32,
  load: (address) => [...I32.const(0), ...I32.load(address)],
  splat: [],
  spread: [],
  operations: { add: I32.add, xor: I32.xor, and: I32.and },
  shr: (from, by) => [...LOCAL.get(from), ...I32.const(by), ...I32.shrUnsigned],
  rotr: (from, by) => [...LOCAL.get(from), ...I32.const(by), ...I32.rotr],
  isZero: I32.eqz,
  any: [],
  bits: [],
};

export const SIMD: Lanes = {
  count: 4,
  type: TYPE.v128,
  load: (address) => [...I32.const(0), ...V128.load(address)],
  splat: V128.splat,
  spread: [...V128.splat, ...V128.const([0, 1, 2, 3]), ...V128.add],
  operations: { add: V128.add, xor: V128.xor, and: V128.and },
  shr: (from, by) => [...LOCAL.get(from), ...I32.const(by), ...V128.shrUnsigned],
  // There is no rotation of lanes.
  rotr: (from, by) => [
    ...[...LOCAL.get(from), ...I32.const(by), ...V128.shrUnsigned],
    ...[...LOCAL.get(from), ...I32.const(32 - by), ...V128.shl],
    ...V128.or,
  ],
  isZero: [...V128.const([0, 0, 0, 0]), ...V128.eq],
  any: V128.anyTrue,
  bits: V128.bitmask,
};

/** Where what is known of a seed begins, byte address; what was found stands behind it. */
export const KNOWN_AT = 16;
export const FOUND_AT = 8192;

/** Groups of one call: as many as have room in the list, if all of them should be found. */
export const MOST_GROUPS = (65_536 - FOUND_AT) / 8;

/** What varies in the loop: the last word of the candidate, and all that is computed from it. */
type Varying = 'candidate' | Step;

interface Step {
  readonly operation: Operation;
  readonly left: Varying;
  /** A number is how far to go for `rotr` and `shr`, and otherwise the place of a known word. */
  readonly right: Varying | number;
}

/** The known words that the code takes from memory, in the order of their places there. */
export function knownWords(seed: Uint8Array): number[] {
  const known: number[] = [];
  firstWord<'varying'>([...wordsBeforeLast(seed), 'varying'], {
    step: (operation, _, right) => {
      if (typeof right === 'number' && !isShift(operation)) known.push(right);
      return 'varying';
    },
  });
  return known;
}

/** The module for seeds of so many bytes; the same bytes at every run. */
export function emitKernel(lanes: Lanes, seedBytes: number): Uint8Array<ArrayBuffer> {
  const steps = recordSteps(seedBytes);
  // The parameters, then what the loop keeps.
  const [start, groups, mask, group, listEnd] = [0, 1, 2, 3, 4];
  const [candidate, maskLanes, increment, isWinner, firstFree] = [5, 6, 7, 8, 9];
  const { code: digest, result, localsEnd } = emitSteps(steps, lanes, { candidate, firstFree });
  const code = [
    ...[...LOCAL.get(start), ...lanes.spread, ...LOCAL.set(candidate)],
    ...[...LOCAL.get(mask), ...lanes.splat, ...LOCAL.set(maskLanes)],
    ...[...I32.const(lanes.count), ...lanes.splat, ...LOCAL.set(increment)],
    ...[...I32.const(FOUND_AT), ...LOCAL.set(listEnd)],
    ...FLOW.loop,
    ...digest,
    ...[...LOCAL.get(result), ...LOCAL.get(maskLanes), ...lanes.operations.and, ...lanes.isZero],
    ...[...LOCAL.tee(isWinner), ...lanes.any],
    ...FLOW.if,
    ...[...LOCAL.get(listEnd), ...LOCAL.get(group), ...I32.store(0)],
    ...[...LOCAL.get(listEnd), ...LOCAL.get(isWinner), ...lanes.bits, ...I32.store(4)],
    ...[...LOCAL.get(listEnd), ...I32.const(8), ...I32.add, ...LOCAL.set(listEnd)],
    ...FLOW.end,
    ...[...LOCAL.get(candidate), ...LOCAL.get(increment), ...lanes.operations.add, ...LOCAL.set(candidate)],
    ...[...LOCAL.get(group), ...I32.const(1), ...I32.add, ...LOCAL.tee(group)],
    ...[...LOCAL.get(groups), ...I32.ltUnsigned, ...FLOW.branchIf(0)],
    ...FLOW.end,
    ...LOCAL.get(listEnd),
  ];
  const laneLocals = new Array<Type>(localsEnd - candidate).fill(lanes.type);
  return assembleModule({
    name: 'search',
    params: [TYPE.i32, TYPE.i32, TYPE.i32],
    result: TYPE.i32,
    locals: [TYPE.i32, TYPE.i32, ...laneLocals],
    code,
  });
}

function recordSteps(seedBytes: number): Step[] {
  const steps: Step[] = [];
  let known = 0;
  firstWord<Varying>([...wordsBeforeLast(new Uint8Array(seedBytes)), 'candidate'], {
    step: (operation, left, right) => {
      const isKnown = typeof right === 'number' && !isShift(operation);
      const step = { operation, left, right: isKnown ? known++ : right };
      steps.push(step);
      return step;
    },
  });
  return steps;
}

/** Gives each step a local, which is free again after its last use: few locals are compiled faster. */
function emitSteps(steps: readonly Step[], lanes: Lanes, { candidate, firstFree }: {
  readonly candidate: number;
  readonly firstFree: number;
}): { readonly code: readonly number[]; readonly result: number; readonly localsEnd: number } {
  const operands = ({ left, right }: Step): Varying[] => typeof right === 'number' ? [left] : [left, right];
  const lastUse = new Map(steps.flatMap((step) => operands(step).map((operand) => [operand, step] as const)));
  const locals = new Map<Varying, number>([['candidate', candidate]]);
  const free: number[] = [];
  const code: number[] = [];
  let localsEnd = firstFree;
  let result = candidate;
  for (const step of steps) {
    code.push(...stepCode(step, lanes, (varying) => locals.get(varying)!));
    for (const operand of new Set(operands(step))) {
      if (operand !== 'candidate' && lastUse.get(operand) === step) free.push(locals.get(operand)!);
    }
    result = free.pop() ?? localsEnd++;
    locals.set(step, result);
    code.push(...LOCAL.set(result));
  }
  return { code, result, localsEnd };
}

function stepCode({ operation, left, right }: Step, lanes: Lanes, local: (varying: Varying) => number): number[] {
  const from = local(left);
  if (operation === 'rotr' || operation === 'shr') return [...lanes[operation](from, right as number)];
  const other = typeof right === 'number' ? lanes.load(KNOWN_AT + right * lanes.count * 4) : LOCAL.get(local(right));
  return [...LOCAL.get(from), ...other, ...lanes.operations[operation]];
}

function isShift(operation: Operation): boolean {
  return operation === 'rotr' || operation === 'shr';
}

/** The known words of a candidate: all but the last. */
function wordsBeforeLast(seed: Uint8Array): number[] {
  const words = new DataView(seed.buffer, seed.byteOffset, seed.byteLength);
  return Array.from({ length: seed.length / 4 - 1 }, (_, at) => words.getUint32(at * 4));
}
