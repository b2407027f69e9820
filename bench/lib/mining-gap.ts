import { setTimeout as sleep } from 'node:timers/promises';
import type { Snapshot } from '../../src/webui/snapshot.ts';

const EVERY_MS = 100;

/**
 * The longest time between two moments at which more had been recorded than before, in seconds, while an action runs. By
 * the clock of the store, however late somebody is told of it; the webui reads it once a second, so that a gap of one second
 * or a little more is none. A webui that does not answer is asked again.
 */
export async function miningGap(numbers: () => Promise<Snapshot>, action: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  let [longest, last] = [0, await numbers()];
  const look = async (): Promise<void> => {
    const next = await numbers().catch(() => undefined);
    if (!next || next.hashes === null) return;
    longest = Math.max(longest, next.now - last.now);
    if (next.hashes > last.hashes!) last = next;
  };
  const watching = (async () => {
    while (!isOver) {
      await look();
      await sleep(EVERY_MS);
    }
  })();
  try {
    await action();
  } finally {
    isOver = true;
    await watching;
  }
  return longest;
}
