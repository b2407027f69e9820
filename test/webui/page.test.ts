/** The page in a real browser, on the real roles. Each test leaves a picture in screenshots/, to be looked at. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { Snapshot } from '../../src/webui/snapshot.ts';
import { openPage, unlessChromium } from '../../testkit/browser.ts';
import { weakTexts } from '../../testkit/contrast.ts';
import { eventually } from '../../testkit/eventually.ts';
import { ROOT, temporaryFolder } from '../../testkit/machine.ts';
import { startRedis, unlessRedis } from '../../testkit/redis.ts';
import { startRole } from '../../testkit/role.ts';
import { startMine } from '../../testkit/worker.ts';

/** What a browser says itself when a server is away. */
const AWAY = /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|503/;

async function text(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent())!;
}

async function shows(page: Page, selector: string, pattern: RegExp, withinMs = 30_000): Promise<void> {
  const what = `${selector} to show ${pattern}`;
  await eventually(async () => pattern.test(await text(page, selector)), { what, withinMs });
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(ROOT, 'screenshots', `${name}.png`) });
}

/** Where the line of the graph is drawn: shares of the canvas' width, and how many pixels it is high. */
async function drawnLine(page: Page): Promise<{ from: number; to: number; height: number }> {
  return await page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#chart canvas')!;
    const wanted = getComputedStyle(document.documentElement).getPropertyValue('--speed').match(/\w\w/g)!
      .map((digits) => parseInt(digits, 16));
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })!;
    copy.drawImage(canvas, 0, 0);
    const { data, width } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const [columns, rows]: [number[], number[]] = [[], []];
    for (let at = 0; at < data.length; at += 4) {
      if (!wanted.every((value, n) => Math.abs(data[at + n]! - value) < 12)) continue;
      columns.push((at / 4) % width);
      rows.push(Math.floor(at / 4 / width));
    }
    const [least, most] = [
      (values: number[]) => values.reduce((a, b) => Math.min(a, b), Infinity),
      (values: number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity),
    ];
    const lately = rows.filter((_, at) => columns[at]! >= most(columns) - 0.15 * width);
    return { from: least(columns) / width, to: most(columns) / width, height: most(lately) - least(lately) + 1 };
  });
}

test(
  'the page shows what /json says, draws a straight 3.33, keeps it over a reload, and asks nobody else',
  { skip: unlessChromium },
  async (t) => {
    const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
    const all = await startRole(t, 'all', ['--store-url', store, '--title', 'Cluster 3', '--annotations', 'on']);
    const { page, complaints, requests } = await openPage(t, `${all.url}/#window=1m`, { width: 1024, height: 768 });
    await shows(page, '#hash-speed', /^3\.3[34]$/);
    assert.equal(await text(page, '#title'), 'Cluster 3');
    assert.equal(await page.title(), 'Cluster 3 · coinroom');
    assert.equal(await text(page, '#state'), 'live');
    assert.deepEqual([await text(page, '#difficulty'), await text(page, '#pace')], ['1', 'classroom']);
    assert.match(await text(page, '#facts'), /^version \d+\.\d+\.\d+$/);
    await eventually(async () => {
      const { coins, hashes, duplicates } = await (await fetch(`${all.url}/json`)).json() as Snapshot;
      const shown = await Promise.all(['#coins', '#hashes', '#duplicates'].map((id) => text(page, id)));
      return shown.join() === [coins, hashes, duplicates].join();
    }, { what: 'the numbers of /json on the page' });

    await fetch(`${all.url}/annotations`, { method: 'POST', body: '{"text":"the class begins"}' });
    await shows(page, '#annotations', /^1 \d\d:\d\d:\d\d the class begins$/);
    const shown = new Set<string>();
    for (let n = 0; n < 20; n++) {
      shown.add(await text(page, '#hash-speed'));
      await page.waitForTimeout(500);
    }
    for (const speed of shown) assert.ok(Math.abs(Number(speed) - 10 / 3) < 0.1, [...shown].join(' '));
    const before = await drawnLine(page);
    // Of the last 9 s, in which the number was watched: while a browser starts, a machine may have no time for miners.
    // It is 3 pixels wide; what is more is a line that is not straight.
    assert.ok(before.height <= 8, `the line is ${before.height} pixels high`);
    assert.ok(before.to > 0.9 && before.to - before.from > 0.15, JSON.stringify(before));
    await eventually(async () => (await drawnLine(page)).from < before.from - 0.02, { what: 'the line to move' });

    await page.reload();
    await shows(page, '#hash-speed', /^3\.3/);
    // In less time than it would take to draw it anew.
    await eventually(async () => {
      const after = await drawnLine(page);
      return after.to - after.from >= before.to - before.from;
    }, { what: 'the line to be there again', withinMs: 4000 });
    await shows(page, '#annotations', /begins/);
    await eventually(async () => await page.locator('#newest tr').count() > 0, { what: 'a coin', withinMs: 60_000 });
    assert.equal(await text(page, '#newest tr:first-child td:nth-child(3)'), '32');
    assert.match(await text(page, '#newest tr:first-child .zeros'), /^0+$/);
    assert.match(
      (await page.locator('#chart').getAttribute('aria-label'))!,
      /^Hashes per second over the last minute: 3\.3/,
    );
    await picture(page, 'classroom-1024');
    await page.setViewportSize({ width: 1920, height: 1080 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await sleep(1500);
    await picture(page, 'classroom-1080p-dark');
    assert.deepEqual(complaints, []);
    assert.deepEqual([...new Set(requests.map((url) => new URL(url).origin))], [all.url]);
  },
);

test('ten loops queue at rng, and nowhere else', { skip: unlessChromium }, async (t) => {
  const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const all = await startRole(t, 'all', ['--store-url', store, '--loops', '10']);
  const { page } = await openPage(t, all.url, { width: 1024, height: 768 });
  await shows(page, '#path-rng .waiting', /^[6-9] waiting ■{6,9}$/);
  await shows(page, '#hash-speed', /^(9\.9|10\.0)\d$/);
  await shows(page, '#path-rng .facts', /^p50 [6-9]\d\d ms p95 [6-9]\d\d ms errors 0 $/);
  assert.match(await text(page, '#path-hasher .facts'), /^p50 1\d\d ms /);
  assert.equal(await page.locator('#path-hasher .waiting').isVisible(), false);
  await eventually(async () => /^(9|10)\.\d\d$/.test(await text(page, '#path-rng .rate b')), {
    what: 'rng at its limit',
  });
  await picture(page, 'ten-loops');
});

test('the bug, an update and a worker that is shot are seen; keys and the address choose the view', {
  skip: unlessChromium || unlessRedis,
}, async (t) => {
  const redis = await startRedis(t);
  const [old, update] = [{ version: '1.0.0', 'node-name': 'node1' }, { version: '1.0.1', 'node-name': 'node2' }];
  const first = await startMine(t, redis.url, { ...old, 'four-byte-bug': 'on', 'drain-ms': '0' });
  const webui = await startRole(t, 'webui', ['--store-url', redis.url]);
  const { page, complaints } = await openPage(t, webui.url, { width: 1280, height: 900 });
  await eventually(async () => await page.locator('#newest tr').count() > 5, { what: 'coins' });
  const colourOf = (selector: string): Promise<string> =>
    page.locator(selector).first().evaluate((one) => getComputedStyle(one).backgroundColor);
  await eventually(async () => await colourOf('#newest .swatch') === await colourOf('#versions .swatch'), {
    what: 'a coin in the colour of the worker that found it',
  });
  assert.deepEqual(await page.locator('#newest .bytes').allTextContents().then((all) => [...new Set(all)]), ['4']);
  assert.match(await text(page, '#newest tr:first-child td:nth-child(2)'), /^[0-9a-f]{8}$/);
  await shows(page, '#versions', /^ ?1 × version 1\.0\.0$/);

  await startRole(t, 'worker', [
    ...['--rng-url', first.rng.url, '--hasher-url', first.hasher.url, '--store-url', redis.url],
    ...Object.entries(update).map(([name, value]) => `--${name}=${value}`),
  ]);
  await shows(page, '#versions', /1 × version 1\.0\.0.*1 × version 1\.0\.1/);
  assert.deepEqual(await page.locator('.machine h3').allTextContents(), ['node1', 'node2']);
  const colours = await page.locator('#versions .swatch').evaluateAll((all) =>
    all.map((one) => getComputedStyle(one).backgroundColor)
  );
  assert.equal(new Set(colours).size, 2);
  await first.worker.stop('SIGKILL');
  await shows(page, '#machines .machine:first-child .worker', /^silent for \d+ s/);
  await shows(page, '#machines .machine:first-child .worker', /^gone for \d+ s/);
  await shows(page, '#path-worker .error', /^1 worker gone within the last minute$/);
  await picture(page, 'worker-gone');

  await page.locator('input[value=hashes]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await eventually(() => new URL(page.url()).hash === '#show=coins&ceiling=on&window=10m', { what: 'the address' });
  await shows(page, '#ceiling-text', /^ceiling of origins of 4 bytes: 268\u202f435\u202f456 coins$/);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowLeft');
  await eventually(() => page.url().endsWith('window=1m'), { what: 'the address' });
  await page.reload();
  assert.deepEqual(
    await page.locator('#view input:checked').evaluateAll((all) => all.map((one) => (one as HTMLInputElement).value)),
    ['coins', 'on', '1m'],
  );
  await shows(page, '#state', /^live$/);
  await picture(page, 'ceiling');
  assert.deepEqual(complaints, []);
});

test('what is down is red and says since when; what strangers wrote stays text; the page comes back by itself', {
  skip: unlessChromium || unlessRedis,
}, async (t) => {
  const redis = await startRedis(t, { args: ['--appendonly', 'yes'] });
  const { rng } = await startMine(t, redis.url, { 'interval-ms': '100' });
  const hostile = '<img src=x onerror=alert(1)>\u202e';
  const webui = await startRole(t, 'webui', ['--store-url', redis.url, '--title', hostile, '--annotations', 'on']);
  const { page, complaints } = await openPage(t, webui.url, { width: 1024, height: 768 });
  await shows(page, '#hash-speed', /^\d+\.\d\d$/);
  const background = async (name: string): Promise<string> =>
    await page.locator(`#path-${name}`).evaluate((box) => getComputedStyle(box).backgroundColor);
  const calm = await background('rng');
  await rng.stop('SIGKILL');
  await shows(page, '#path-rng .state', /^down for \d+ s$/);
  await shows(page, '#path-rng .error', /ECONNREFUSED|ECONNRESET|closed/);
  assert.notEqual(await background('rng'), calm);
  assert.deepEqual([await background('hasher'), await background('store')], [calm, calm]);
  await shows(page, '#state', /^rng down since \d\d:\d\d:\d\d \(\d+ s\)$/);
  await picture(page, 'rng-down');

  await redis.program.stop('SIGKILL');
  await shows(page, '#state', /^store down since \d\d:\d\d:\d\d \(\d+ s\)$/);
  await shows(page, '#path-store .state', /^down for \d+ s$/);
  await shows(page, '#path-worker .state', /^heard \d+ s ago$/);
  await picture(page, 'store-down');
  await startRedis(t, { port: redis.port, folder: redis.folder, args: ['--appendonly', 'yes'] });
  // The rng is still away, which the worker says again as soon as somebody listens.
  await shows(page, '#state', /^rng down since/);

  await fetch(`${webui.url}/annotations`, { method: 'POST', body: JSON.stringify({ text: hostile }) });
  await redis.command('HSET', 'wallet', '0abc', hostile);
  await redis.command('LPUSH', 'recent', `0abc 1000.5 ${hostile}`);
  await redis.command('SADD', 'workers', hostile);
  await redis.command('SET', `report:${hostile}`, `{"at":1000.5,"host":${JSON.stringify(hostile)}}`);
  await shows(page, '#newest', /<img src=x/);
  await shows(page, '#annotations', /<img src=x/);
  assert.equal(await page.locator('main img').count(), 0);
  assert.equal(await text(page, '#title'), hostile);

  await webui.stop('SIGKILL');
  await shows(page, '#state', /^no connection to the webui$/);
  await startRole(t, 'webui', ['--store-url', redis.url], { port: Number(new URL(webui.url).port) });
  await shows(page, '#state', /^rng down since/);
  assert.deepEqual(complaints.filter((line) => !AWAY.test(line)), []);
});

test('every text stands out from what is behind it, light and dark', { skip: unlessChromium }, async (t) => {
  const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const all = await startRole(t, 'all', ['--store-url', store]);
  const { page } = await openPage(t, all.url);
  await eventually(async () => await page.locator('#newest tr').count() > 0, { what: 'a coin', withinMs: 60_000 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await weakTexts(page), [], colorScheme);
  }
});

test('all that a browser loads is less than 100 kB', async (t) => {
  const store = `sqlite:${join(await temporaryFolder(t), 'wallet.db')}`;
  const webui = await startRole(t, 'webui', ['--store-url', store]);
  let bytes = 0;
  for (const path of ['/', '/page.js', '/page.css', '/icon.svg']) {
    // fetch() tells what came over the wire only in its headers.
    const response = await fetch(`${webui.url}${path}`, { headers: { 'Accept-Encoding': 'br' } });
    assert.equal(response.headers.get('content-encoding'), 'br', path);
    bytes += Number(response.headers.get('content-length'));
    await response.arrayBuffer();
  }
  assert.ok(bytes > 10_000 && bytes < 100_000, `${bytes} bytes`);
});
