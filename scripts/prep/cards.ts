/** `cards`: what each student holds in their hands, and the instructor's sheet. `--verify` tries what stands on them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { run } from '../lib/process.ts';
import { replaceFile } from '../lib/replace-file.ts';
import { writeJournal } from '../lib/room/journal.ts';
import { countInWords } from '../lib/words.ts';
import { digestOf } from './cards/card.ts';
import { cardsDocument, instructorDocument } from './cards/document.ts';
import { formatCsv, formatSshConfig } from './cards/exports.ts';
import { CARDS_FOLDER, CSV_FILE, SSH_CONFIG_FILE } from './cards/files.ts';
import { findChromium, HOW_TO_GET, printPdf } from './cards/print-pdf.ts';
import { cardsOf, roomOf } from './cards/room-cards.ts';
import { verifyCards } from './cards/verify.ts';
import { wordsFor } from './cards/words.ts';
import { limitsOf, stepFlags } from '../lib/room/flags.ts';
import { assertNumbered, choose, openRoom } from '../lib/room/open-room.ts';

const flags = {
  ...stepFlags,
  verify: { type: 'boolean' },
  open: { type: 'boolean' },
  language: { type: 'string' },
  paper: { type: 'string' },
  qr: { type: 'string' },
  'no-passwords': { type: 'boolean' },
} as const;

export const cards = verb(flags, async ({ values, positionals: selectors, signal }) => {
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = choose(room, selectors, { step: 'verify', ...values });
  if (values.verify) {
    return await verifyCards(machines, { room, values, limits: limitsOf(values, '30s'), selectors, signal });
  }

  const shared = roomOf(room, values);
  const words = await wordsFor(shared.language);
  const all = await cardsOf(room, values);
  const clusters = new Set(machines.map(({ cluster }) => cluster.name));
  const chosen = all.filter(({ cluster }) => clusters.has(cluster));
  const isPart = chosen.length < all.length;
  const [first] = chosen;
  if (first === undefined) throw new UsageError('No card is meant');
  const name = !isPart
    ? 'cards'
    : chosen.length === 1
    ? `cards-${first.cluster}`
    : `cards-${first.cluster}-and-${chosen.length - 1}-more`;
  const documents = {
    [`${name}.html`]: cardsDocument(chosen, shared, words),
    'instructor.html': instructorDocument(all, shared, words),
  };
  const files = { ...documents, [CSV_FILE]: formatCsv(all), [SSH_CONFIG_FILE]: formatSshConfig(all) };
  if (values['dry-run']) {
    const told = Object.keys(files).map((file) => `Would write ${join(CARDS_FOLDER, file)}`);
    print(values, { cards: chosen.map(({ cluster }) => cluster), files: Object.keys(files) }, told.join('\n'));
    return EXIT.done;
  }
  mkdirSync(CARDS_FOLDER, { recursive: true, mode: 0o700 });
  for (const [file, text] of Object.entries(files)) replaceFile(join(CARDS_FOLDER, file), text, { mode: 0o600 });
  const chromium = await findChromium();
  const printed: string[] = [];
  if (chromium !== undefined) {
    for (const file of Object.keys(documents)) {
      printed.push(await printPdf(join(CARDS_FOLDER, file), { chromium, signal }));
    }
  }
  writeJournal({
    kind: 'cards',
    cards: Object.fromEntries(chosen.map((card) => [card.cluster, digestOf(card, shared)])),
  });
  const toPrint = join(CARDS_FOLDER, `${name}.${chromium === undefined ? 'html' : 'pdf'}`);
  if (values.open) await openFile(toPrint);
  const data = { cards: chosen.map(({ cluster }) => cluster), files: Object.keys(files), printed, toPrint };
  print(
    values,
    data,
    [
      `${countInWords(chosen.length, 'card')} on ${shared.paper}: ${toPrint}`,
      `For you alone: ${join(CARDS_FOLDER, chromium === undefined ? 'instructor.html' : 'instructor.pdf')}, ${
        [CSV_FILE, SSH_CONFIG_FILE].map((file) => join(CARDS_FOLDER, file)).join(', ')
      }`,
      ...(chromium === undefined
        ? [`There is no Chromium here to make a PDF (${HOW_TO_GET}): print the HTML, without margins or headers`]
        : []),
    ].join('\n'),
  );
  return EXIT.done;
});

/** With the program that the desktop has for it. */
async function openFile(file: string): Promise<void> {
  const opener = process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['explorer'] : ['xdg-open'];
  const { code, stderr } = await run([...opener, file], { withinMs: 30_000 }).catch((error: Error) => ({
    ...{ code: 1, stderr: error.message },
  }));
  if (code !== 0) process.stderr.write(`Cannot open ${file}: ${stderr.trim().split('\n')[0]}\n`);
}
