/** The kernel without WebAssembly: asks node:crypto for each candidate. */
import { hash } from 'node:crypto';
import { createCandidate } from './candidate.ts';
import { type Kernel, zerosLookedFor } from './kernel.ts';

export function createCryptoKernel(): Kernel {
  return {
    find: ({ seed, first, count, difficulty }) => {
      const zeros = '0'.repeat(zerosLookedFor(difficulty));
      const candidate = createCandidate(seed);
      const found: number[] = [];
      for (let index = first; index < first + count; index++) {
        if (hash('sha256', candidate(index), 'hex').startsWith(zeros)) found.push(index);
      }
      return found;
    },
  };
}
