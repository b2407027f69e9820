/** The page in a real browser, on the real roles. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Snapshot } from '../../src/webui/snapshot.ts';
import { openPage, unlessChromium } from '../../testkit/browser.ts';
import { eventually } from '../../testkit/eventually.ts';
import { ROOT, temporaryFolder } from '../../testkit/machine.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';
import { startRole } from '../../testkit/role.ts';

async function text(page: Page, id: string): Promise<string> {
  return (await page.locator(`#${id}`).textContent())!;
}

test(
  'the page shows what /json says, draws a straight 3.33, and asks nobody else',
  { skip: unlessChromium },
  async (t) => {
    const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
    const all = await startRole(t, 'all', ['--store-url', store, '--title', 'Cluster <3>']);
    const { page, complaints, requests } = await openPage(t, all.url);
    await eventually(async () => await text(page, 'hash-speed') === '3.33', {
      what: 'a speed of 3.33',
      withinMs: 30_000,
    });
    assert.equal(await text(page, 'title'), 'Cluster <3>');
    assert.equal(await page.title(), 'Cluster <3> · coinroom');
    assert.equal(await text(page, 'state'), 'live');
    await eventually(async () => {
      const now = await (await fetch(`${all.url}/json`)).json() as Snapshot;
      return await text(page, 'hashes') === String(now.hashes) && await text(page, 'coins') === String(now.coins);
    }, { what: 'the numbers of /json on the page' });
    const shown = new Set<string>();
    for (let n = 0; n < 10; n++) {
      shown.add(await text(page, 'hash-speed'));
      await page.waitForTimeout(500);
    }
    for (const speed of shown) assert.ok(Math.abs(Number(speed) - 10 / 3) < 0.1, [...shown].join(' '));
    await eventually(async () => await page.locator('#newest tr').count() > 0, { what: 'a coin', withinMs: 60_000 });
    assert.equal(await page.locator('#newest tr:first-child td:nth-child(3)').textContent(), '32');
    assert.ok(await page.locator('#chart canvas').isVisible());
    await page.screenshot({ path: join(ROOT, 'screenshots', 'page.png') });
    assert.deepEqual(complaints, []);
    assert.deepEqual([...new Set(requests.map((url) => new URL(url).origin))], [all.url]);
  },
);

test('the page says when the store is down, and when it is back; what strangers wrote stays text', {
  skip: unlessChromium || unlessRedis,
}, async (t) => {
  const redis = await startRedis(t, { args: ['--appendonly', 'yes'] });
  const hash = '<img src=x onerror=alert(1)>';
  const webui = await startRole(t, 'webui', ['--store-url', redis.url]);
  const { page, complaints } = await openPage(t, webui.url);
  await eventually(async () => await text(page, 'state') === 'live', { what: 'the page to be live' });
  await redis.program.stop('SIGKILL');
  await eventually(async () => /^store down for \d+ s$/.test(await text(page, 'state')), {
    what: 'the outage on the page',
  });
  await startRedis(t, { port: redis.port, folder: redis.folder, args: ['--appendonly', 'yes'] });
  await eventually(async () => await text(page, 'state') === 'live', {
    what: 'the page to be live again',
    withinMs: 20_000,
  });
  await redis.command('HSET', 'wallet', '0abc', hash);
  await redis.command('LPUSH', 'recent', `0abc 1000.5 ${hash}`);
  await eventually(async () => (await text(page, 'newest')).includes(hash), { what: 'the stranger as text' });
  assert.equal(await page.locator('#newest img').count(), 0);
  await webui.stop('SIGKILL');
  await eventually(async () => await text(page, 'state') === 'no connection to the webui', {
    what: 'the silence on the page',
  });
  assert.deepEqual(
    complaints.filter((line) =>
      !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|503/.test(line)
    ),
    [],
  );
});
