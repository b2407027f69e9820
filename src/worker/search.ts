/** What a thread does with a search: goes through its candidates with the kernel, and gives what is to be reported. */
import { hash } from 'node:crypto';
import { createCandidate } from './kernel/candidate.ts';
import { type Kernel, zerosLookedFor } from './kernel/kernel.ts';
import type { FoundMessage, SearchMessage } from './messages.ts';

/** Candidates between two looks at the stop cell: a millisecond of the fastest kernel, a few of the slowest. */
const STRIDE = 16_384;

/** The same where each candidate is reported, and hashed by node:crypto. */
const STRIDE_OF_ALL = 1024;

/** As many findings end a search, so that the memory which they take is bounded, whatever the difficulty. */
const ENOUGH_FINDINGS = 2048;

/**
 * Tries the candidates of a search until all are tried, enough is found, or `isStopped` says so.
 *
 * @throws Error when the kernel takes a candidate for a coin that is none: it cannot be trusted
 */
export function search(kernel: Kernel, message: SearchMessage, isStopped: () => boolean): Omit<FoundMessage, 'id'> {
  const { seed, first, count, difficulty, report } = message;
  const [zeros, zerosFound] = ['0'.repeat(difficulty), '0'.repeat(zerosLookedFor(difficulty))];
  const candidate = createCandidate(seed);
  const indices: number[] = [];
  const digests: string[] = [];
  const counts = report === 'counts' ? new Array<number>(65).fill(0) : [];
  let tried = 0;

  function add(index: number): void {
    const digest = hash('sha256', candidate(index), 'hex');
    if (report !== 'all') {
      if (!digest.startsWith(zerosFound)) throw new Error(`the kernel is wrong about ${describe(seed, index)}`);
      if (!digest.startsWith(zeros)) return;
    }
    if (report === 'counts') return void counts[leadingZeros(digest)]!++;
    indices.push(index);
    digests.push(digest);
  }

  const stride = report === 'all' ? STRIDE_OF_ALL : STRIDE;
  while (tried < count && indices.length < ENOUGH_FINDINGS && !isStopped()) {
    const range = { seed, difficulty, first: first + tried, count: Math.min(stride, count - tried) };
    const reported = report === 'all' ? allOf(range) : kernel.find(range);
    for (const index of reported) add(index);
    tried += range.count;
  }
  return { tried, indices: Uint32Array.from(indices), digests: asBytes(digests.join('')), counts };
}

function allOf({ first, count }: { first: number; count: number }): number[] {
  return Array.from({ length: count }, (_, at) => first + at);
}

// Not Buffer.from(): a small one is a part of a pool, and all of the pool would be sent.
function asBytes(text: string): Uint8Array {
  const bytes = Buffer.from(new ArrayBuffer(text.length));
  bytes.write(text, 'latin1');
  return bytes;
}

function leadingZeros(digest: string): number {
  let zeros = 0;
  while (digest[zeros] === '0') zeros++;
  return zeros;
}

function describe(seed: Uint8Array, index: number): string {
  return `candidate ${index} of seed ${Buffer.from(seed).toString('hex')}`;
}
