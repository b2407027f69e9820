/** What the pool of threads can do when nothing else is to be done. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelName } from '../../src/worker/kernel/kernels.ts';
import { createPool } from '../../src/worker/pool.ts';

/** Candidates a second. */
export async function poolRate(
  { threads, kernel, difficulty, seconds }: {
    readonly threads: number;
    readonly kernel: KernelName;
    readonly difficulty: number;
    readonly seconds: number;
  },
): Promise<number> {
  const pool = createPool({ threads, kernel });
  const search = { seed: randomBytes(32), count: 2 ** 19, difficulty, report: 'winners' } as const;
  let tried = 0;
  let isOver = false;
  const keepBusy = async (): Promise<void> => {
    for (let first = 0; !isOver; first += search.count) {
      const found = await pool.search({ ...search, first });
      tried += found.tried;
    }
  };
  const loops = Array.from({ length: 2 * threads }, keepBusy);
  // Until V8 has compiled the kernel for good in each thread.
  await sleep(1000);
  const [start, before] = [performance.now(), tried];
  await sleep(seconds * 1000);
  const result = ((tried - before) / (performance.now() - start)) * 1000;
  isOver = true;
  await Promise.all(loops);
  await pool.close();
  return result;
}
