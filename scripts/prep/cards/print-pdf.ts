/** HTML to PDF, by the Chromium or Chrome that is on this machine. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { which } from 'zx';
import { replaceFile } from '../../lib/replace-file.ts';
import { run } from '../../lib/process.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge'];

/** Where macOS has what is in no PATH. */
const APPLICATIONS = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** How to get it, for who has none. */
export const HOW_TO_GET = 'apt-get install chromium, or https://www.google.com/chrome/';

/** The program, or undefined. */
export async function findChromium(): Promise<string | undefined> {
  for (const name of [...NAMES, ...APPLICATIONS]) {
    const found = await which(name, { nothrow: true });
    if (found !== null) return found;
  }
  return undefined;
}

export interface PrintOptions {
  readonly chromium: string;
  readonly signal: AbortSignal;
}

/** 250 cards take a few seconds; a machine that is busy takes longer. */
const WITHIN_MS = 120_000;

/**
 * Prints a file, beside which the PDF is then, with the same name.
 *
 * @throws Error with what Chromium said
 */
export async function printPdf(file: string, { chromium, signal }: PrintOptions): Promise<string> {
  const pdf = file.replace(/\.html$/, '.pdf');
  // Beside it, since one that comes as a snap may read and write the user's files, but not /tmp.
  const work = await mkdtemp(resolve(file, '..', 'chromium-'));
  const printed = join(work, 'printed.pdf');
  try {
    const flags = [
      ...['--headless', '--disable-gpu', '--no-first-run', '--disable-extensions', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', `--user-data-dir=${join(work, 'profile')}`],
      ...['--no-pdf-header-footer', '--print-to-pdf-no-header', `--print-to-pdf=${printed}`],
      // Its sandbox is not for root, as whom nothing but this page of ours is opened.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ];
    const { code, stderr } = await run([chromium, ...flags, pathToFileURL(resolve(file)).href], {
      ...{ withinMs: WITHIN_MS, signal },
    });
    const bytes = await readFile(printed).catch(() => undefined);
    if (bytes === undefined) {
      throw new Error(`Cannot print ${file}: ${chromium} ended with ${code}: ${stderr.trim().split('\n').at(-1)}`);
    }
    replaceFile(pdf, withoutDates(bytes), { mode: 0o600 });
    return pdf;
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * The dates that say when it was printed are the only thing in a PDF of Chromium that is not the same the next time. They
 * keep their length: a PDF has tables of where in it things begin.
 */
function withoutDates(pdf: Buffer): Buffer {
  const text = pdf.toString('latin1');
  const dates = /\/(CreationDate|ModDate) \(D:\d{14}[^)]*\)/g;
  return Buffer.from(text.replaceAll(dates, (date) => date.replace(/\d{14}/, '20000101000000')), 'latin1');
}
