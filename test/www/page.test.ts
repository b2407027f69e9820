/** The chapters in a real browser. The pictures go to screenshots/, to be looked at. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { createBareClone } from '../../testkit/bare-clone.ts';
import { openPage, unlessChromium } from '../../testkit/browser.ts';
import { weakTexts } from '../../testkit/contrast.ts';
import { eventually } from '../../testkit/eventually.ts';
import { ROOT } from '../../testkit/machine.ts';
import { startRole } from '../../testkit/role.ts';

/** A name by which a browser does not trust a page over http, as it trusts none that comes from an address. */
const ELSEWHERE = 'room.example.org';

const CHAPTER = '/chapters/1-the-application';

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(ROOT, 'screenshots', `www-${name}.png`) });
}

/** What is pasted now, which every page may know that has a field for it. */
async function pasted(page: Page): Promise<string> {
  await page.evaluate(() => {
    const field = document.createElement('textarea');
    field.id = 'field';
    document.body.append(field);
    field.focus({ preventScroll: true });
  });
  await page.keyboard.press('Control+V');
  return await page.evaluate(() => {
    const field = document.querySelector<HTMLTextAreaElement>('#field')!;
    field.remove();
    return field.value;
  });
}

test(
  'all pages open without a complaint, ask nobody else, and fit on every screen',
  { skip: unlessChromium },
  async (t) => {
    const { folder } = await createBareClone(t);
    const www = await startRole(t, 'www', ['--www-repo', folder]);
    const { page, complaints, requests } = await openPage(t, www.url);
    const paths = await page.locator('.chapters a').evaluateAll((all) => all.map((one) => one.getAttribute('href')!));
    assert.ok(paths.length >= 4);
    const sizes = { projector: [1920, 1080], laptop: [1280, 800], tablet: [820, 1180], phone: [390, 844] } as const;
    for (const path of ['/', ...paths]) {
      await page.goto(`${www.url}${path}`);
      for (const [name, [width, height]] of Object.entries(sizes)) {
        await page.setViewportSize({ width, height });
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(tooWide <= 0, `${path} is ${tooWide} pixels too wide for a ${name}`);
        if (path === '/' || path === CHAPTER) await picture(page, `${path === '/' ? 'first' : 'chapter'}-${name}`);
      }
      // An answer too, once it is open.
      await page.locator('details').evaluateAll((all) => all.forEach((one) => (one as HTMLDetailsElement).open = true));
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth) <= 0, path);
    }
    assert.deepEqual(complaints, []);
    assert.deepEqual([...new Set(requests.map((url) => new URL(url).origin))], [www.url]);
  },
);

test('the contents lead to each part, show what one sees, and stay in sight', { skip: unlessChromium }, async (t) => {
  const www = await startRole(t, 'www');
  const { page } = await openPage(t, `${www.url}${CHAPTER}`);
  const links = page.locator('.contents a');
  for (const index of [6, 2]) {
    const link = links.nth(index);
    await link.click();
    const hash = new URL(page.url()).hash;
    assert.equal(hash, await link.getAttribute('href'));
    await eventually(async () => {
      const top = await page.locator(`[id="${decodeURIComponent(hash.slice(1))}"]`).evaluate((heading) =>
        heading.getBoundingClientRect().top
      );
      return top >= 0 && top < 40;
    }, { what: `${hash} at the top` });
    await eventually(async () => await page.locator('.contents a.visible').first().getAttribute('href') === hash, {
      what: 'its mark in the contents',
    });
    assert.ok(await page.locator('.contents').evaluate((contents) => contents.getBoundingClientRect().top) >= 0);
  }
  assert.equal(await page.locator('.contents a.visible').count() < await links.count() / 2, true);
});

test(
  'one goes from chapter to chapter with the keyboard, and sees where the focus is',
  { skip: unlessChromium },
  async (t) => {
    const www = await startRole(t, 'www');
    const { page } = await openPage(t, www.url);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement!.textContent), 'Skip to the text');
    assert.ok(await page.locator('.skip').evaluate((link) => link.getBoundingClientRect().left) >= 0);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle), 'solid');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**${CHAPTER}`);
    await page.locator('[rel=next]').press('Enter');
    await page.waitForURL('**/chapters/2-*');
    await page.locator('[rel=prev]').press('Enter');
    await page.waitForURL(`**${CHAPTER}`);
    await page.locator('summary').press('Enter');
    assert.equal(await page.locator('details').getAttribute('open'), '');
  },
);

for (const [way, name] of [['where a browser trusts the page', undefined], ['over plain http', ELSEWHERE]] as const) {
  test(`a button copies the commands to the letter, ${way}, and says so`, { skip: unlessChromium }, async (t) => {
    const { folder } = await createBareClone(t);
    const www = await startRole(t, 'www', ['--www-repo', folder]);
    const url = name === undefined ? www.url : www.url.replace('127.0.0.1', name);
    const { page, complaints } = await openPage(t, `${url}${CHAPTER}`, name === undefined ? {} : { name });
    await page.context().grantPermissions(name === undefined ? ['clipboard-read', 'clipboard-write'] : []);
    assert.equal(await page.evaluate(() => isSecureContext), name === undefined);
    // The new way does not lean on the old one.
    if (name === undefined) await page.evaluate(() => void (document.execCommand = () => false));
    const block = page.locator('.command', { hasText: 'hash=none' });
    const button = block.getByRole('button');
    assert.equal(await page.getByRole('status').textContent(), '');
    await button.click();
    await eventually(async () => await button.textContent() === 'Copied', { what: 'the button to say so' });
    assert.equal(await page.getByRole('status').textContent(), 'Copied');
    // No newline at the end: the last command waits for the Enter of whoever pastes it.
    assert.equal(
      await pasted(page),
      `hash=none
while ! echo $hash | grep -q ^0; do
  curl -s $RNG/32 > /tmp/seed
  hash=$(curl -s --data-binary @/tmp/seed $HASHER)
  echo $hash
done
echo a coin:
od -An -tx1 /tmp/seed`,
    );
    await eventually(async () => await button.textContent() === 'Copy', { what: 'the button as before' });
    assert.equal(await page.getByRole('status').textContent(), '');
    assert.equal(await page.evaluate(() => String(getSelection())), '');

    // By keyboard, a command with characters that HTML writes in another way.
    const nasty = page.locator('.command', { hasText: '\\x&' });
    await nasty.getByRole('button').press('Enter');
    await eventually(async () => await nasty.getByRole('button').textContent() === 'Copied', { what: 'to be copied' });
    assert.match(await pasted(page), /^coin=\$\(.*'localhost:8000\/coins\?limit=1'\)\n.*\| sed 's\/\.\.\/\\\\x&\/g'/s);

    await page.goto(url);
    await page.locator('.command button').click();
    await eventually(async () => await page.locator('.command button').textContent() === 'Copied', { what: 'copied' });
    assert.equal(await pasted(page), `git clone ${url}/coinroom.git`);
    assert.deepEqual(complaints, []);
  });
}

test('where nothing can be copied, the commands are selected', { skip: unlessChromium }, async (t) => {
  const www = await startRole(t, 'www');
  const { page } = await openPage(t, `${www.url}${CHAPTER}`);
  await page.evaluate(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    document.execCommand = () => false;
  });
  const first = page.locator('.command').first();
  await first.getByRole('button').click();
  assert.equal(await first.getByRole('button').textContent(), 'Selected: press Ctrl+C');
  assert.equal(await page.evaluate(() => String(getSelection())), 'docker version');
});

test('every text stands out from what is behind it, light, dark and on paper', { skip: unlessChromium }, async (t) => {
  const { folder } = await createBareClone(t);
  const www = await startRole(t, 'www', ['--www-repo', folder]);
  const { page } = await openPage(t, www.url);
  const backgrounds = new Set<string>();
  for (const path of ['/', CHAPTER, '/chapters/none']) {
    await page.goto(`${www.url}${path}`);
    for (const look of [{ colorScheme: 'light' }, { colorScheme: 'dark' }, { media: 'print' }] as const) {
      await page.emulateMedia({ media: 'screen', ...look });
      assert.deepEqual(await weakTexts(page), [], `${path} ${JSON.stringify(look)}`);
      backgrounds.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      if (path === CHAPTER) await picture(page, Object.values(look)[0]!);
    }
  }
  assert.deepEqual([...backgrounds].sort(), ['rgb(20, 22, 26)', 'rgb(255, 255, 255)']);
});

test(
  'light or dark: as the system has it, unless one has chosen, which is remembered',
  { skip: unlessChromium },
  async (t) => {
    const www = await startRole(t, 'www');
    const { page } = await openPage(t, www.url);
    const button = page.getByRole('button', { name: 'Dark' });
    const state = async (): Promise<[background: string, pressed: string | null]> => [
      await page.evaluate(() => getComputedStyle(document.body).backgroundColor),
      await button.getAttribute('aria-pressed'),
    ];
    const [light, dark] = [['rgb(255, 255, 255)', 'false'], ['rgb(20, 22, 26)', 'true']] as const;
    assert.deepEqual(await state(), light);
    await button.press('Enter');
    assert.deepEqual(await state(), dark);
    await page.goto(`${www.url}${CHAPTER}`);
    assert.deepEqual(await state(), dark);
    await button.click();
    await page.reload();
    assert.deepEqual(await state(), light);

    // Nothing is chosen now: the page follows the system.
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually(async () => (await state()).join() === dark.join(), { what: 'the page to follow' });
    await button.click();
    await page.reload();
    assert.deepEqual(await state(), light);
  },
);

test('a browser asks for the token once, and then opens everything', { skip: unlessChromium }, async (t) => {
  const www = await startRole(t, 'www', [], { env: { WWW_TOKEN: 'xyzzy' } });
  const credentials = { username: 'class', password: 'xyzzy' };
  const { page } = await openPage(t, www.url, { credentials });
  await page.getByRole('link', { name: 'The application', exact: true }).click();
  await page.waitForURL(`**${CHAPTER}`);
  assert.equal(await page.evaluate(() => document.documentElement.className), 'scripted');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).maxWidth), 'none');
});

test('all that a browser loads of a chapter is less than 30 kB', async (t) => {
  const www = await startRole(t, 'www');
  let bytes = 0;
  for (const path of [CHAPTER, '/www.js', '/www.css', '/www.svg']) {
    const response = await fetch(`${www.url}${path}`, { headers: { 'Accept-Encoding': 'br' } });
    assert.equal(response.headers.get('content-encoding'), 'br', path);
    bytes += Number(response.headers.get('content-length'));
    await response.arrayBuffer();
  }
  assert.ok(bytes > 3000 && bytes < 30_000, `${bytes} bytes`);
});
