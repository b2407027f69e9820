/** The report in a real browser. Pictures of it go to screenshots/, to be looked at. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Entry, Written } from '../../../scripts/chaos/journal.ts';
import { writeReports } from '../../../scripts/chaos/report/report.ts';
import { seededRandom } from '../../../src/service/random.ts';
import { openPage, unlessChromium } from '../../../testkit/browser.ts';
import { output } from '../../../testkit/docker.ts';
import { ROOT, type Scope, temporaryFolder, unlessInstalled } from '../../../testkit/machine.ts';

const skip = unlessChromium;

const RUN_MS = 600_000;
const HOSTILE = '<script>document.title="x"</script>';

/** Ten minutes, 20 faults: each third makes the speed fall under what is hoped for, from 2 s on until 3 s after. */
function tenMinutes(): Written[] {
  const random = seededRandom(7);
  const faults = Array.from({ length: 20 }, (_, at) => {
    const onMs = 30_000 + at * 27_000 + Math.round(random() * 8000);
    const name = ['kill', 'delay', 'pause', 'partition'][at % 4]!;
    const victims = at === 3 ? [HOSTILE, 'a|b'] : [`worker:${1 + at % 5}`];
    return {
      number: at + 1,
      name,
      victims,
      onMs,
      offMs: onMs + 10_000 + Math.round(random() * 20_000),
      isBad: at % 3 === 2,
    };
  });
  const isBad = (ms: number) => faults.some((one) => one.isBad && ms >= one.onMs + 2000 && ms < one.offMs + 3000);
  const all: [number, Entry][] = [[0, {
    ...{
      kind: 'begin',
      run: 'ten-minutes',
      seed: 7,
      args: ['run', '--for', '10m'],
      hypothesis: ['speed>=3'],
      plan: [],
    },
    inventory: ['worker:1', HOSTILE].map((name) => ({ name, kind: 'container', group: 'worker', site: 'here' })),
  }]];
  for (const { number, name, victims, onMs, offMs } of faults) {
    all.push([onMs, { kind: 'fault', number, fault: name, victims, word: 'on', why: '' }]);
    all.push([offMs, { kind: 'fault', number, fault: name, victims, word: 'off', why: '' }]);
  }
  for (let ms = 1000; ms < RUN_MS; ms += 1000) {
    if (ms > 200_000 && ms < 215_000) continue;
    const ok = !isBad(ms);
    const speed = ms > 400_000 && ms < 404_000 ? null : Number(((ok ? 9.5 : 1) + random()).toFixed(2));
    const phase = ms < 20_000 ? 'before' : ms < 590_000 ? 'during' : 'after';
    all.push([ms, { kind: 'sample', phase, ok, speed, checks: [{ name: 'speed>=3', ok, found: String(speed) }] }]);
  }
  all.push([RUN_MS, { kind: 'end', outcome: 'deviated', why: 'speed>=3 did not hold' }]);
  return all.sort(([a], [b]) => a - b).map(([ms, entry]) => ({ at: new Date(ms).toISOString(), ms, ...entry }));
}

const entries = tenMinutes();

async function makePage(t: Scope, journal = entries): Promise<string> {
  const [, html] = writeReports(journal, join(await temporaryFolder(t), 'run'));
  return pathToFileURL(html).href;
}

type Opened = Awaited<ReturnType<typeof openPage>>['page'];

async function savePicture(page: Opened, name: string): Promise<void> {
  await page.screenshot({ path: join(ROOT, 'screenshots', `chaos-report-${name}.png`), fullPage: true });
}

interface Box {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Where things are, in pixels of the screen. */
async function boxes(page: Opened, selector: string): Promise<Box[]> {
  return await page.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    return { text: element.textContent, left, right, top, bottom };
  })`);
}

function overlapping(all: readonly Box[]): string[] {
  return all.flatMap((one, at) =>
    all.slice(at + 1)
      .filter((other) =>
        one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom
      )
      .map((other) => `${one.text} and ${other.text}`)
  );
}

test('it needs no script and no network, and nothing in it is run', { skip }, async (t) => {
  const { page, complaints, requests } = await openPage(t, await makePage(t));
  assert.equal(await page.title(), 'Chaos run ten-minutes: the hypothesis did not hold');
  assert.equal(await page.locator('script, img, link').count(), 0);
  assert.equal(await page.getByRole('cell', { name: `${HOSTILE}, a|b` }).count(), 1);
  assert.deepEqual([complaints, requests.length], [[], 1]);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the bands are where the faults were, ${colorScheme}`, { skip }, async (t) => {
    const { page } = await openPage(t, await makePage(t), { width: 1100, colorScheme });
    await savePicture(page, colorScheme);
    const [svg] = await boxes(page, '.chart.wide');
    // The plot is from 40 to 948 of 960.
    const scale = (svg!.right - svg!.left) / 960;
    const place = (ms: number) => svg!.left + (40 + 908 * ms / RUN_MS) * scale;
    const ons = entries.filter((entry) => entry.kind === 'fault' && entry.word === 'on');
    const offs = new Map(
      entries.flatMap((entry) => entry.kind === 'fault' && entry.word === 'off' ? [[entry.number, entry.ms]] : []),
    );
    const bands = await boxes(page, '.wide .band');
    assert.equal(bands.length, 20);
    for (const [at, on] of ons.entries()) {
      assert.ok(on.kind === 'fault');
      const { left, right } = bands[at]!;
      assert.ok(
        Math.abs(left - place(on.ms)) < 1 && Math.abs(right - place(offs.get(on.number)!)) < 1,
        `band ${at + 1}`,
      );
    }
    assert.equal((await boxes(page, '.wide .noticed')).length, 6);
    const failed = await boxes(page, '.wide .failed');
    const bad = entries.filter((entry) => entry.kind === 'sample' && !entry.ok);
    assert.ok(Math.abs(failed[0]!.left - place(bad[0]!.ms)) < 2, 'the first block begins with the first bad sample');
    // Two gaps: nobody looked, and no speed was known.
    assert.equal(await page.locator('.wide path.speed').getAttribute('d').then((path) => path!.match(/M/g)!.length), 3);
  });
}

for (const [name, width] of [['wide', 1100], ['wide', 870], ['middle', 570], ['narrow', 360]] as const) {
  test(`no label of the chart covers another at ${width} pixels, and all are within it`, { skip }, async (t) => {
    const { page } = await openPage(t, await makePage(t), { width });
    const labels = await boxes(page, `.${name} .label`);
    const texts = await boxes(page, `.${name} .tick, .${name} .unit, .${name} .label`);
    const [svg] = await boxes(page, `.chart.${name}`);
    assert.equal(labels.length, 20);
    assert.deepEqual(overlapping(texts), []);
    assert.deepEqual(overlapping([...labels, ...await boxes(page, `.${name} .fault .bar`)]), []);
    assert.deepEqual(texts.filter(({ left, right }) => left < svg!.left - 1 || right > svg!.right + 1), []);
  });
}

for (const width of [360, 570, 770, 870]) {
  test(`nothing is beside a screen of ${width} pixels, and no letter is small`, { skip }, async (t) => {
    const tenHours = entries.map((entry) => ({ ...entry, ms: entry.ms * 60 }));
    const { page } = await openPage(t, await makePage(t, tenHours), { width });
    await savePicture(page, String(width));
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width);
    const sizes = await page.evaluate(`[...document.querySelectorAll('body *')]
    .filter((element) => element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
    .map((element) => {
      const scale = element.ownerSVGElement ? element.getScreenCTM().a : 1;
      return parseFloat(getComputedStyle(element).fontSize) * scale;
    })`) as number[];
    assert.ok(sizes.length > 100 && Math.min(...sizes) >= 9.5, `${Math.min(...sizes)} pixels`);
    assert.equal(await page.getByRole('table').count(), 3);
    assert.equal(await page.getByRole('row').filter({ hasText: 'partition' }).first().isVisible(), true);
  });
}

test('who does not see the chart is told', { skip }, async (t) => {
  const { page } = await openPage(t, await makePage(t), { width: 1100 });
  const chart = page.getByRole('img', { name: 'Speed, faults and the hypothesis over time' });
  assert.equal(await chart.count(), 1);
  const about = await chart.locator('desc').textContent();
  assert.match(about!, /^From 0 to 12 hashes a second, over 10 min 0 s\. 20 faults came on; .* It did not hold from /);
});

test('it is printed on white paper, all of it', {
  skip: skip || unlessInstalled('pdftotext', 'apt-get install poppler-utils'),
}, async (t) => {
  const { page } = await openPage(t, await makePage(t), { colorScheme: 'dark' });
  const file = join(await temporaryFolder(t), 'run.pdf');
  writeFileSync(file, await page.pdf({ preferCSSPageSize: true, printBackground: true }));
  const text = (await output(['pdftotext', '-layout', file, '-'])).replaceAll(/\s+/g, ' ');
  assert.match(text, /Chaos run ten-minutes: the hypothesis did not hold/);
  assert.match(text, / 20 partition worker:5 9:\d\d /);
  assert.match(text, /\.\/scripts\/chaos\.mjs run --replay /);
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
});
