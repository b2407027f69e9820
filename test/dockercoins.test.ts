/** Any of our services can be swapped for one of the DockerCoins family, and all goes on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTheirHasher, startTheirRng, startTheirWebui, startTheirWorker } from '../testkit/dockercoins.ts';
import { eventually } from '../testkit/eventually.ts';
import { runProgram } from '../testkit/program.ts';
import { startRedis, unlessRedis } from '../testkit/redis.ts';
import { mainCommand, startRole } from '../testkit/role.ts';

const skip = unlessRedis;
const noDelay = ['--delay-ms', '0', '--concurrency', '0'];

interface Numbers {
  readonly coins: number;
  readonly hashes: number;
  readonly hash_speed_10s: number | null;
}

async function numbers(url: string): Promise<Numbers> {
  const response = await fetch(`${url}/json`);
  return await response.json() as Numbers;
}

test('our worker mines with their rng and their hasher, one candidate or many', { skip }, async (t) => {
  const redis = await startRedis(t);
  const [rng, hasher] = [await startTheirRng(t), await startTheirHasher(t)];
  for (const candidates of ['1', '40']) {
    const flags = ['--rng-url', rng.url, '--hasher-url', hasher.url, '--store-url', redis.url];
    const worker = await startRole(t, 'worker', [...flags, '--interval-ms', '0', '--candidates', candidates]);
    const before = Number(await redis.command('HLEN', 'wallet'));
    await eventually(async () => Number(await redis.command('HLEN', 'wallet')) > before + 5, { what: 'coins' });
    await worker.stop();
    assert.deepEqual(worker.events('hasher_disagrees'), []);
  }
  const audit = await runProgram(t, mainCommand('audit', '--strict', '--store-url', redis.url));
  assert.equal(audit.code, 0, audit.all);
});

test('their worker mines with our rng and our hasher, and our page shows its speed', { skip }, async (t) => {
  const redis = await startRedis(t);
  const rng = await startRole(t, 'rng', noDelay);
  const hasher = await startRole(t, 'hasher', ['--delay-ms', '0']);
  const webui = await startRole(t, 'webui', ['--store-url', redis.url]);
  const stop = startTheirWorker({ rng: rng.url, hasher: hasher.url, redis: redis.url });
  const seen = await eventually(async () => {
    const now = await numbers(webui.url);
    return now.coins > 5 && now.hash_speed_10s! > 1 && now;
  }, { what: 'their coins and their speed on our page', withinMs: 20_000 }).finally(stop);
  assert.ok(seen.hashes > seen.coins);
  const audit = await runProgram(t, mainCommand('audit', '--store-url', redis.url));
  assert.equal(audit.code, 0, audit.all);
  assert.match(audit.output, /workers recorded 0, foreign \d+/);
});

test('their webui shows what our worker mines', { skip }, async (t) => {
  const redis = await startRedis(t);
  const webui = await startTheirWebui(t, redis.url);
  const all = await startRole(t, 'all', ['--store-url', redis.url, '--interval-ms', '0', ...noDelay]);
  await eventually(async () => (await numbers(webui.url)).coins > 5, { what: 'coins on their page' });
  await all.stop();
  assert.ok((await numbers(webui.url)).hashes >= (await numbers(webui.url)).coins);
});
