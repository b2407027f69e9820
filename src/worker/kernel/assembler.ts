/**
 * A small assembler for WebAssembly, as much of it as the kernel needs: one module with one exported function, which
 * works on an imported memory. https://webassembly.github.io/spec/core/binary/
 */

/** Instructions, as the bytes that stand for them; what takes an operand is a function. */
export const I32 = {
  const: (value: number) => [0x41, ...signedLeb(value)],
  load: (address: number) => [0x28, 2, ...leb(address)],
  store: (address: number) => [0x36, 2, ...leb(address)],
  eqz: [0x45],
  ltUnsigned: [0x49],
  add: [0x6a],
  and: [0x71],
  xor: [0x73],
  shrUnsigned: [0x76],
  rotr: [0x78],
} as const;

/** Four 32-bit lanes. */
export const V128 = {
  load: (address: number) => simd(0x00, 4, ...leb(address)),
  const: (lanes: readonly number[]) => simd(0x0c, ...new Uint8Array(Int32Array.from(lanes).buffer)),
  splat: simd(0x11),
  eq: simd(0x37),
  and: simd(0x4e),
  or: simd(0x50),
  xor: simd(0x51),
  anyTrue: simd(0x53),
  bitmask: simd(0xa4),
  shl: simd(0xab),
  shrUnsigned: simd(0xad),
  add: simd(0xae),
} as const;

export const LOCAL = {
  get: (index: number) => [0x20, ...leb(index)],
  set: (index: number) => [0x21, ...leb(index)],
  tee: (index: number) => [0x22, ...leb(index)],
} as const;

export const FLOW = {
  loop: [0x03, 0x40],
  if: [0x04, 0x40],
  end: [0x0b],
  /** Back to the beginning of the loop, or out of the block, so many levels up, if there is a 1 on the stack. */
  branchIf: (depth: number) => [0x0d, ...leb(depth)],
} as const;

export const TYPE = { i32: 0x7f, v128: 0x7b } as const;
export type Type = (typeof TYPE)[keyof typeof TYPE];

export interface FunctionParts {
  /** The name under which it is exported. */
  readonly name: string;
  readonly params: readonly Type[];
  readonly result: Type;
  /** Types of the locals that follow the parameters. */
  readonly locals: readonly Type[];
  readonly code: readonly number[];
}

/** A module with one function, which imports its memory as `env.memory`. */
export function assembleModule({ name, params, result, locals, code }: FunctionParts): Uint8Array<ArrayBuffer> {
  const body = [...vector(locals.map((type) => [1, type])), ...code, ...FLOW.end];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, ...vector(params.map((type) => [type])), 1, result]]),
    ...section(2, [[...text('env'), ...text('memory'), 2, 0, 1]]),
    ...section(3, [[0]]),
    ...section(7, [[...text(name), 0, 0]]),
    ...section(10, [[...leb(body.length), ...body]]),
  ]);
}

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = vector(entries);
  return [id, ...leb(content.length), ...content];
}

function vector(entries: readonly (readonly number[])[]): number[] {
  return [...leb(entries.length), ...entries.flat()];
}

function text(characters: string): number[] {
  return vector([...new TextEncoder().encode(characters)].map((byte) => [byte]));
}

function simd(...bytes: readonly number[]): number[] {
  const [opcode, ...operands] = bytes;
  return [0xfd, ...leb(opcode!), ...operands];
}

/** https://en.wikipedia.org/wiki/LEB128 */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

function signedLeb(value: number): number[] {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signedLeb(value >> 7)];
}
