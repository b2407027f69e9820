/** A worker at full pace as a process: threads, winners, hasher in batches, store. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../../src/store/audit.ts';
import { openStore } from '../../src/store/open-store.ts';
import { KERNEL_NAMES } from '../../src/worker/kernel/kernels.ts';
import { parseReport } from '../../src/worker/report.ts';
import { eventually } from '../../testkit/eventually.ts';
import { startProgram } from '../../testkit/program.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';
import { mainCommand } from '../../testkit/role.ts';
import { closeAccount, metric, startMine } from '../../testkit/worker.ts';

for (const kernel of KERNEL_NAMES) {
  test(`mines with ${kernel}, says so everywhere, and counts every candidate`, async (t) => {
    const { worker, store: url } = await startMine(t, undefined, {
      pace: 'full',
      difficulty: '3',
      kernel,
      threads: '2',
    });
    const store = await openStore(url, { timeoutMs: 5000 });
    t.after(() => store.close());
    await eventually(async () => await metric(worker, 'worker_coins_total') > 100, { what: 'a hundred coins' });
    assert.equal(worker.events('mining')[0]!.kernel, kernel);
    assert.match(
      await (await fetch(`${worker.url}/metrics`)).text(),
      new RegExp(`^worker_info\\{kernel="${kernel}"`, 'm'),
    );
    const report = await eventually(async () => (await store.totals()).reports[0], { what: 'its first report' });
    assert.equal(parseReport(report.json)!.kernel, kernel);

    const { hashes, coins, code } = await closeAccount(worker);
    assert.equal(code, 0);
    const totals = await store.totals();
    assert.deepEqual([totals.hashes, totals.coins + totals.duplicates], [hashes, coins]);
    // As many coins as chance gives for so many candidates: within six deviations.
    const expected = hashes / 16 ** 3;
    assert.ok(Math.abs(coins - expected) < 6 * Math.sqrt(expected), `${coins} coins, ${expected} expected`);
    assert.equal((await audit(store)).ok, true);
  });
}

test('KERNEL must be one that there is', async (t) => {
  const program = startProgram(t, mainCommand('worker', '--kernel', 'gpu'));
  await program.line(/^--kernel must be auto or one of wasm-simd, wasm, node:crypto; got "gpu"$/);
  assert.equal((await program.exited).code, 2);
});

test('at difficulty 1 a store that stalls stops the mining, and nothing piles up', { skip: unlessRedis }, async (t) => {
  const redis = await startRedis(t);
  const { worker } = await startMine(t, redis.url, { pace: 'full', difficulty: '1', loops: 'auto' });
  await eventually(async () => await metric(worker, 'worker_coins_total') > 10_000, { what: 'ten thousand coins' });
  await redis.command('CLIENT', 'PAUSE', '60000', 'WRITE');
  const waits = async (): Promise<boolean> => {
    const requests = async (): Promise<number> =>
      await metric(worker, 'upstream_requests_total{upstream="rng",result="ok"}');
    const before = await requests();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return await requests() === before;
  };
  await eventually(waits, { what: 'an end of all requests to rng', withinMs: 30_000 });
  const stalledAt = await metric(worker, 'worker_coins_total');
  await redis.command('CLIENT', 'UNPAUSE');
  await eventually(async () => await metric(worker, 'worker_coins_total') > stalledAt + 10_000, { what: 'more coins' });
  const { hashes, coins, code } = await closeAccount(worker);
  const store = await openStore(redis.url, { timeoutMs: 5000 });
  t.after(() => store.close());
  const totals = await store.totals();
  assert.deepEqual([code, totals.hashes, totals.coins + totals.duplicates], [0, hashes, coins]);
});
