/** `report`: what a run of the monkey came to, made from its journal. */
import { EXIT, print, UsageError, type Verb, verb } from '../../lib/command-line.ts';
import { replaceFile } from '../../lib/replace-file.ts';
import { readJournal, type Written } from '../journal.ts';
import { contentsOf } from './contents.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';
import { measure } from './measure.ts';

export const reportVerb: Verb = verb({
  html: { type: 'string' },
  markdown: { type: 'string' },
  json: { type: 'boolean' },
}, async ({ values, positionals }) => {
  const [journal, ...more] = positionals;
  if (journal === undefined || more.length > 0) {
    throw new UsageError(`report takes one journal; got ${JSON.stringify(positionals.join(' '))}`);
  }
  const entries = readJournal(journal);
  const { measures, markdown, html } = makeReport(entries, journal);
  if (values.markdown !== undefined) replaceFile(values.markdown, markdown);
  if (values.html !== undefined) replaceFile(values.html, html());
  if (values.json) print(values, withNulls(measures), '');
  else if (values.markdown === undefined && values.html === undefined) process.stdout.write(markdown);
  return EXIT.done;
});

export interface ReportOptions {
  /** Where the journal is, for the command that does it again. Default: `BASE.ndjson`. */
  readonly journal?: string;
}

/**
 * Writes `BASE.md` and `BASE.html`, and gives their names.
 *
 * @param entries of a journal that begins with its `begin`
 * @throws Error when they cannot be written
 */
export function writeReports(
  entries: readonly Written[],
  base: string,
  { journal = `${base}.ndjson` }: ReportOptions = {},
): readonly [markdown: string, html: string] {
  const { markdown, html } = makeReport(entries, journal);
  const files = [`${base}.md`, `${base}.html`] as const;
  replaceFile(files[0], markdown);
  replaceFile(files[1], html());
  return files;
}

function makeReport(entries: readonly Written[], journal: string) {
  const measures = measure(entries);
  const contents = contentsOf(measures, journal);
  return { measures, markdown: renderMarkdown(contents), html: () => renderHtml(entries, measures, contents) };
}

/** In JSON there is no `undefined`: what is not known is said to be. */
function withNulls(measures: unknown): unknown {
  return JSON.parse(JSON.stringify(measures, (_, value: unknown) => value === undefined ? null : value));
}
