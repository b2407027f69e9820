/** Counts the coins among all candidates of 4 bytes, on all cores. */
import { availableParallelism } from 'node:os';
import {
  autoOr,
  parseFlags,
  readSettings,
  SettingError,
  type Settings,
  toggle,
  wholeNumber,
} from '../../src/service/settings.ts';
import { chooseKernel, kernelSetting } from '../../src/worker/kernel-setting.ts';
import type { KernelName } from '../../src/worker/kernel/kernels.ts';
import { createPool } from '../../src/worker/pool.ts';

/** Of a part that one thread counts: a few tenths of a second, so that progress is seen and the end is even. */
const PART = 2 ** 22;

/** Zeros that the first word of a digest can begin with. */
const MOST_ZEROS = 8;
const ALL = 2 ** 32;

const settings = {
  from: { kind: wholeNumber({ min: 0, max: ALL - 1 }), default: '0', meaning: 'the first candidate' },
  to: { kind: wholeNumber({ min: 1, max: ALL }), default: String(ALL), meaning: 'the one after the last' },
  threads: { kind: autoOr(wholeNumber({ min: 1, max: 1024 })), default: 'auto', meaning: 'threads that hash' },
  kernel: kernelSetting,
  json: { kind: toggle, default: 'off', meaning: 'one JSON line a difficulty' },
} satisfies Settings;

/** Some of the candidates of 4 bytes, and who is to try them. */
export interface Counting {
  readonly from: number;
  /** The candidate after the last. */
  readonly to: number;
  readonly threads: number;
  readonly kernel: KernelName;
}

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { json, ...counting } = parseArguments(args);
    return await count(counting, json);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** @throws SettingError */
function parseArguments(args: readonly string[]): Counting & { readonly json: boolean } {
  const { flags, words } = parseFlags(args, settings, 'four-byte.mjs');
  if (words.length > 0) throw new SettingError(`Cannot understand "${words[0]}"; see --help`);
  const values = readSettings(settings, { env: {}, flags });
  const { from, to } = values;
  if (to <= from) throw new SettingError(`--to must be more than --from, which is ${from}; got ${to}`);
  const threads = values.threads === 'auto' ? availableParallelism() : values.threads;
  return { ...values, threads, kernel: chooseKernel(values.kernel) };
}

async function count(counting: Counting, isJson: boolean): Promise<0 | 1> {
  const { from, to } = counting;
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const progress = createProgress(to - from);
  const coins = await countCoins(counting, { signal: stop.signal, onProgress: progress.show });
  progress.end();
  process.removeListener('SIGINT', onSignal).removeListener('SIGTERM', onSignal);
  if (!coins) {
    process.stderr.write('Stopped before all were tried\n');
    return 1;
  }
  process.stdout.write(isJson ? inJson(coins) : inWords(coins, counting));
  return 0;
}

/**
 * How many candidates from `from` to before `to` are coins of each difficulty: at [0] those with at least one zero, at
 * [7] those with at least eight. Undefined when the signal came first.
 */
export async function countCoins(
  { from, to, threads, kernel }: Counting,
  { signal, onProgress = () => {} }: { signal?: AbortSignal; onProgress?: (tried: number) => void } = {},
): Promise<number[] | undefined> {
  const pool = createPool({ threads, kernel });
  const exactly = new Array<number>(65).fill(0);
  let next = from;
  let tried = 0;

  async function countParts(): Promise<void> {
    while (next < to && !signal?.aborted) {
      const first = next;
      const count = Math.min(PART, to - first);
      next += count;
      const part = await pool.search({ seed: new Uint8Array(4), first, count, difficulty: 1, report: 'counts' });
      for (const [zeros, coins] of part.counts.entries()) exactly[zeros]! += coins;
      tried += part.tried;
      onProgress(tried);
    }
  }

  const stop = (): void => pool.stop();
  signal?.addEventListener('abort', stop, { once: true });
  // Two parts a thread: one under way, and one that waits for its end.
  await Promise.all(Array.from({ length: 2 * threads }, countParts));
  signal?.removeEventListener('abort', stop);
  await pool.close();
  if (tried < to - from) return undefined;
  const atLeast = (zeros: number): number => exactly.slice(zeros).reduce((sum, coins) => sum + coins, 0);
  return Array.from({ length: MOST_ZEROS }, (_, at) => atLeast(at + 1));
}

function inJson(coins: readonly number[]): string {
  return coins.map((count, at) => `${JSON.stringify({ difficulty: at + 1, coins: count })}\n`).join('');
}

function inWords(coins: readonly number[], { from, to }: Counting): string {
  const rows = coins.map((count, at) => `${String(at + 1).padStart(10)} ${String(count).padStart(12)}\n`);
  return `coins among the candidates ${from} to ${to - 1} of 4 bytes:\n\ndifficulty        coins\n${rows.join('')}`;
}

/** What is done and how long the rest will take: one line that changes on a terminal, a line every ten seconds elsewhere. */
function createProgress(all: number): { readonly show: (done: number) => void; readonly end: () => void } {
  const { stderr } = process;
  const startedAt = performance.now();
  let shownAt = startedAt;
  return {
    show: (done) => {
      const now = performance.now();
      if (now - shownAt < (stderr.isTTY ? 250 : 10_000)) return;
      shownAt = now;
      const [perSecond, percent] = [(done / (now - startedAt)) * 1000, Math.floor((done / all) * 100)];
      const left = Math.ceil((all - done) / perSecond);
      const line = `${percent} % tried, ${(perSecond / 1e6).toFixed(1)} million a second, ${left} s left`;
      stderr.write(stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    },
    end: () => void (stderr.isTTY && stderr.write('\r\u001b[K')),
  };
}
