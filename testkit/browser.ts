/** A headless Chromium on the page, and what it noticed. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { findProgram, type Scope, unlessInstalled } from './machine.ts';

export const unlessChromium = findProgram('chromium-browser') === undefined &&
  unlessInstalled('chromium', 'apt-get install chromium');

export interface OpenPage {
  readonly page: Page;
  /** What the console said, and errors of scripts. */
  readonly complaints: readonly string[];
  /** Addresses that were asked for. */
  readonly requests: readonly string[];
}

/** Opens an address; the browser ends with the test. */
export async function openPage(
  t: Scope,
  url: string,
  { width = 1280, height = 800, colorScheme = 'light', name, credentials }: {
    width?: number;
    height?: number;
    colorScheme?: 'light' | 'dark';
    /** What means this machine for the browser too: one by which it does not trust a page over http. */
    name?: string;
    /** What is typed when the browser asks for it. */
    credentials?: { username: string; password: string };
  } = {},
): Promise<OpenPage> {
  const browser: Browser = await chromium.launch({
    executablePath: findProgram('chromium') ?? findProgram('chromium-browser') ?? 'chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(name === undefined ? [] : [`--host-resolver-rules=MAP ${name} 127.0.0.1`]),
    ],
  });
  t.after(() => browser.close());
  const page = await browser.newPage({
    viewport: { width, height },
    colorScheme,
    ...(credentials && { httpCredentials: credentials }),
  });
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => void complaints.push(message.text()));
  page.on('pageerror', (error) => void complaints.push(error.message));
  page.on('request', (request) => void requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests };
}
