/**
 * The law of the plateau: hashes per second = min(loops / 0.3, rngs / 0.1) at the classroom's pace. It is the lesson
 * of the workshop, and was lost in the ancestor when its web server became concurrent.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../testkit/machine.ts';
import { startRole } from '../testkit/role.ts';

const WARM_UP_MS = 4000;
const WINDOW_MS = 20_000;
const MOST_DEVIATION = 0.05;

const setups = [1, 2].flatMap((rngs) => [1, 2, 3, 10].map((loops) => ({ loops, rngs })));

async function hashesOf(url: string): Promise<number> {
  const { hashes } = await (await fetch(`${url}/json`)).json() as { hashes: number };
  return hashes;
}

test('the plateau is where the law says: 1, 2, 3 and 10 loops on 1 and 2 rngs', async (t) => {
  const folder = await temporaryFolder(t);
  // Side by side: the processor idles in all of them.
  const clusters = await Promise.all(setups.map(async ({ loops, rngs }) => {
    const others = await Promise.all(Array.from({ length: rngs }, () => startRole(t, 'rng')));
    const flags = ['--loops', String(loops), '--rng-url', others.map(({ url }) => url).join(',')];
    return await startRole(t, 'all', [...flags, '--store-url', `sqlite:${join(folder, `${loops}-${rngs}.db`)}`]);
  }));
  await sleep(WARM_UP_MS);
  const before = await Promise.all(
    clusters.map(async ({ url }) => ({ hashes: await hashesOf(url), at: performance.now() })),
  );
  await sleep(WINDOW_MS);
  const speeds = await Promise.all(clusters.map(async ({ url }, at) => {
    const hashes = await hashesOf(url);
    return (hashes - before[at]!.hashes) / ((performance.now() - before[at]!.at) / 1000);
  }));
  for (const [at, { loops, rngs }] of setups.entries()) {
    const law = Math.min(loops / 0.3, rngs / 0.1);
    const deviation = speeds[at]! / law - 1;
    t.diagnostic(`${loops} loops, ${rngs} rngs: ${speeds[at]!.toFixed(2)} instead of ${law.toFixed(2)}`);
    assert.ok(Math.abs(deviation) < MOST_DEVIATION, `${loops} loops on ${rngs} rngs: ${speeds[at]} instead of ${law}`);
  }
});
