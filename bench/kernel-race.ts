/**
 * A program that runs in each runtime: everybody who can compute sha256 takes turns at trying candidates of 32 bytes. It
 * prints one JSON line, the results of all rounds in candidates a second by name.
 *
 * node kernel-race.ts ROUNDS SECONDS [THE C PROGRAM]
 */
import { sha256 as noble } from '@noble/hashes/sha2.js';
import { createSHA256 } from 'hash-wasm';
import { spawnSync } from 'node:child_process';
import { createHash, hash, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { createCandidate } from '../src/worker/kernel/candidate.ts';
import { chooseKernel } from '../src/worker/kernel-setting.ts';
import { createKernel } from '../src/worker/kernel/kernels.ts';
import { inTurns } from './lib/figure.ts';
import { poolRate } from './lib/pool-rate.ts';

const [rounds, seconds, program] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const difficulty = 6;
const seed = randomBytes(32);
const kernelName = chooseKernel('auto');
const kernel = createKernel(kernelName);
const hashWasm = await createSHA256();

/** Candidates a second of something that tries `count` of them at a call. */
function rate(count: number, tryFrom: (first: number) => void): Promise<number> {
  const start = performance.now();
  let tried = 0;
  while (performance.now() - start < seconds * 1000) {
    tryFrom(tried);
    tried += count;
  }
  return Promise.resolve((tried / (performance.now() - start)) * 1000);
}

/** The same for those who are asked about one candidate at a time, and give hex digits. */
function rateOfEach(digestOf: (candidate: Uint8Array) => string): Promise<number> {
  const candidate = createCandidate(seed);
  const zeros = '0'.repeat(difficulty);
  return rate(1000, (first) => {
    for (let index = first; index < first + 1000; index++) digestOf(candidate(index)).startsWith(zeros);
  });
}

/** What a program says; NaN where it is not there. */
function rateOfProgram(command: string, args: readonly string[], read: (output: string) => number): Promise<number> {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return Promise.resolve(status === 0 ? read(stdout) : NaN);
}

const oneThread: Record<string, () => Promise<number>> = {
  ours: () => rate(16_384, (first) => void kernel.find({ seed, first, count: 16_384, difficulty })),
  'hash()': () => rateOfEach((candidate) => hash('sha256', candidate, 'hex')),
  'createHash()': () => rateOfEach((candidate) => createHash('sha256').update(candidate).digest('hex')),
  'hash-wasm': () =>
    rateOfEach((candidate) => {
      hashWasm.init();
      hashWasm.update(candidate);
      return hashWasm.digest('hex');
    }),
  '@noble/hashes': () => rateOfEach((candidate) => Buffer.from(noble(candidate)).toString('hex')),
  openssl: () =>
    // -mr: "+F:22:sha256:BYTES A SECOND", times of the process.
    rateOfProgram('openssl', ['speed', '-mr', '-evp', 'sha256', '-bytes', '32', '-seconds', '1'], (output) =>
      Number(/^\+F:\d+:sha256:([\d.]+)/im.exec(output)?.[1]) / 32),
  ...(program
    ? { 'sha-ni-2way': () => rateOfProgram(program, [String(seconds)], (output) => Number(output.split(' ')[0])) }
    : {}),
};
const pool = { kernel: kernelName, difficulty, seconds };
const ofThreads = {
  '1 thread': () => poolRate({ ...pool, threads: 1 }),
  'all threads': () => poolRate({ ...pool, threads: availableParallelism() }),
};

kernel.find({ seed, first: 0, count: 5_000_000, difficulty });
const results = { ...await inTurns(oneThread, rounds), ...await inTurns(ofThreads, rounds) };
process.stdout.write(`${JSON.stringify({ kernel: kernelName, threads: availableParallelism(), results })}\n`);
