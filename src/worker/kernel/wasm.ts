/** The kernel in WebAssembly: compiled for the length of the seed, and given what is known of each seed. */
import { emitKernel, FOUND_AT, KNOWN_AT, knownWords, type Lanes, MOST_GROUPS } from './emit.ts';
import { lastWord } from './candidate.ts';
import { type Kernel, type Range, zerosLookedFor } from './kernel.ts';

type Search = (start: number, groups: number, mask: number) => number;

/** The part of WebAssembly's API that is used here: its types come with the DOM's, which are not wanted on a server. */
interface WasmApi {
  readonly validate: (bytes: Uint8Array) => boolean;
  readonly Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

const wasm = (globalThis as { WebAssembly?: WasmApi }).WebAssembly;

/** Whether this machine can run a kernel with such lanes. */
export function canRun(lanes: Lanes): boolean {
  return wasm?.validate(emitKernel(lanes, 4)) ?? false;
}

/** @throws Error where there is no WebAssembly, or none with such lanes */
export function createWasmKernel(lanes: Lanes): Kernel {
  if (!wasm) throw new Error('There is no WebAssembly here');
  const { Memory, Module, Instance } = wasm;
  const memory = new Memory({ initial: 1, maximum: 1 });
  const words = new Uint32Array(memory.buffer);
  const searches = new Map<number, Search>();
  let known: Uint8Array | undefined;

  function searchFor(seed: Uint8Array): Search {
    let search = searches.get(seed.length);
    if (!search) {
      const module = new Module(emitKernel(lanes, seed.length));
      search = new Instance(module, { env: { memory } }).exports.search as Search;
      searches.set(seed.length, search);
    }
    if (known === undefined || Buffer.compare(known, seed) !== 0) {
      known = Uint8Array.from(seed);
      for (const [place, word] of knownWords(seed).entries()) {
        const at = KNOWN_AT / 4 + place * lanes.count;
        words.fill(word, at, at + lanes.count);
      }
    }
    return search;
  }

  return {
    find: ({ seed, first, count, difficulty }: Range): number[] => {
      const search = searchFor(seed);
      const start = lastWord(seed) + first;
      const mask = -(2 ** (32 - 4 * zerosLookedFor(difficulty)));
      const found: number[] = [];
      const groupsEnd = Math.ceil(count / lanes.count);
      for (let group = 0; group < groupsEnd; group += MOST_GROUPS) {
        const base = group * lanes.count;
        const end = search(start + base, Math.min(MOST_GROUPS, groupsEnd - group), mask);
        for (let at = FOUND_AT / 4; at < end / 4; at += 2) {
          for (let lane = 0; lane < lanes.count; lane++) {
            const index = base + words[at]! * lanes.count + lane;
            // The last group may reach beyond the range.
            if (((words[at + 1]! >> lane) & 1) === 1 && index < count) found.push(first + index);
          }
        }
      }
      return found;
    },
  };
}
