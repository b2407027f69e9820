/** The hot loop: tries candidates one after the other. For now it asks node:crypto for each. */
import { hash } from 'node:crypto';
import type { FoundMessage, SearchMessage } from './messages.ts';

/** How the loop computes sha256, as logs, metrics and reports name it. */
export const KERNEL_NAME = 'node:crypto';

/** Candidates between two looks at the stop cell: about a millisecond. */
const STRIDE = 1024;

/**
 * Tries all candidates of a search, or as many as it can until `isStopped` says so.
 */
export function search(message: SearchMessage, isStopped: () => boolean): Omit<FoundMessage, 'id'> {
  const { seed, first, count, difficulty, report } = message;
  const zeros = '0'.repeat(difficulty);
  const candidate = Uint8Array.from(seed);
  const word = new DataView(candidate.buffer, candidate.length - 4);
  const start = word.getUint32(0) + first;
  const indices: number[] = [];
  const digests: string[] = [];
  let tried = 0;
  while (tried < count && !(tried % STRIDE === 0 && isStopped())) {
    word.setUint32(0, (start + tried) >>> 0);
    const digest = hash('sha256', candidate, 'hex');
    if (report === 'all' || digest.startsWith(zeros)) {
      indices.push(first + tried);
      digests.push(digest);
    }
    tried++;
  }
  return { tried, indices: Uint32Array.from(indices), digests };
}
