/** What hosts have said, told once for all that said the same: the odd one stands out, as a difference from most. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../process.ts';
import { countInWords } from '../words.ts';
import type { Result } from './fan-out.ts';

/** Hosts that said the same, byte by byte, and ended in the same way. */
export interface Group {
  readonly results: readonly Result[];
}

/** The largest first; those whose script never began are in none. */
export function groupResults(results: readonly Result[]): Group[] {
  const begun = results.filter(({ end, stdout, stderr }) => end === 'done' || stdout.bytes + stderr.bytes > 0);
  const groups = Map.groupBy(begun, ({ end, code, stdout, stderr }) => [end, code, stdout.hash, stderr.hash].join());
  return [...groups.values()].sort((a, b) => b.length - a.length).map((own) => ({ results: own }));
}

/** Of more lines than that only so many are shown: the rest is in the file. */
const MOST_LINES = 200;

/** Names in a heading. */
const MOST_NAMES = 8;

/** Below a heading each; a small group that differs little from the largest is shown as that difference. */
export async function formatGroups(groups: readonly Group[]): Promise<string> {
  const parts: string[] = [];
  const [most] = groups;
  for (const group of groups) {
    const text = textOf(group.results[0]!);
    const difference = group === most || most!.results.length < 2 ? undefined : await differenceOf(most!, group);
    const body = difference ?? shorten(text, group.results[0]!);
    parts.push(`── ${nameGroup(group)}${body === '' ? ': no output' : `\n${body}`}`);
  }
  return parts.join('\n');
}

/** `c1:n1 c1:n2`, or `48 hosts: c1:n1 c1:n2 … (failed, exit code 3)`. */
export function nameGroup({ results }: Group): string {
  const names = results.slice(0, MOST_NAMES).map(({ target }) => target.name).join(' ');
  const [{ end, code }] = results as readonly [Result];
  const how = end === 'done' ? '' : ` (${end}${code === undefined ? '' : `, exit code ${code}`})`;
  const more = results.length > MOST_NAMES ? ' …' : '';
  return `${results.length > 1 ? `${countInWords(results.length, 'host')}: ` : ''}${names}${more}${how}`;
}

function textOf({ stdout, stderr }: Result): string {
  const texts = [stdout.text(), stderr.text()].filter((text) => text !== '');
  return texts.map((text) => text.endsWith('\n') ? text : `${text}\n`).join('');
}

function shorten(text: string, { stdout, stderr }: Result): string {
  const lines = text.trimEnd().split('\n');
  const lost = stdout.lostBytes + stderr.lostBytes;
  if (lines.length <= MOST_LINES && lost === 0) return text.trimEnd();
  const files = [stdout.file, stderr.file].filter((file) => file !== undefined).join(' ');
  const where = files === '' ? '' : `, see ${files}`;
  const left = lost === 0 ? `${lines.length - MOST_LINES} lines more` : `${stdout.bytes + stderr.bytes} bytes in all`;
  return [...lines.slice(0, MOST_LINES), `… ${left}${where}`].join('\n');
}

/** As `diff -u` gives it; undefined when that would be longer than the whole. */
async function differenceOf(most: Group, group: Group): Promise<string | undefined> {
  const texts = [most, group].map(({ results }) => textOf(results[0]!));
  const folder = await mkdtemp(join(tmpdir(), 'coinroom-difference-'));
  try {
    const files = texts.map((_, at) => join(folder, String(at)));
    for (const [at, file] of files.entries()) await writeFile(file, texts[at]!);
    const labels = [most, group].flatMap((one) => ['--label', nameGroup(one)]);
    const { code, stdout } = await run(['diff', '-u', ...labels, ...files], { withinMs: 10_000 });
    // 2: diff itself is in trouble, such as with what is no text.
    if (code !== 1 || stdout.length >= texts[1]!.length) return undefined;
    return stdout.trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
