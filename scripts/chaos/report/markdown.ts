/** The report as Markdown (GitHub's tables), to be read as it is, too. */
import type { Contents, Text } from './contents.ts';
import type { Table } from './tables.ts';

export function renderMarkdown({ title, tried, found, tables, replay }: Contents): string {
  const parts = [
    `# ${escaped(title)}`,
    ...[tried, found].map((texts) => texts.map(inline).join('')),
    ...tables.flatMap(renderTable),
    '## Again',
    `\`\`\`sh\n${oneLine(replay)}\n\`\`\``,
  ];
  return `${parts.join('\n\n')}\n`;
}

function renderTable({ title, columns, rows, empty, note, remarks = [] }: Table): string[] {
  const heading = `## ${escaped(title)}`;
  if (rows.length === 0) return [heading, escaped(empty)];
  const head = columns.map((column) => escaped(column.title));
  const cells = rows.map((row) => row.map(escaped));
  const widths = head.map((text, at) => Math.max(3, text.length, ...cells.map((row) => row[at]!.length)));
  const isNumber = (at: number): boolean => columns[at]!.kind === 'number';
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => isNumber(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)).join(' | ')} |`;
  const rule = widths.map((width, at) => isNumber(at) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width));
  return [
    heading,
    [line(head), line(rule), ...cells.map(line)].join('\n'),
    ...(note === undefined ? [] : [escaped(note)]),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `- ${escaped(remark)}`).join('\n')]),
  ];
}

function inline(text: Text): string {
  if (typeof text === 'string') return escaped(text);
  const code = oneLine(text.code);
  // CommonMark 0.31 §6.1: fenced by a run of backticks that is not in it; a blank at both ends is taken off.
  const longest = Math.max(0, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 && code.trim() !== '' ? `${fence}${code}${fence}` : `${fence} ${code} ${fence}`;
}

/** Any text as a text: no markup, no end of a cell. A `_` within a word is no markup, some signs are at a beginning only. */
function escaped(text: string): string {
  return oneLine(text).replaceAll(
    /[\\`*[\]<&|~]|^(?:[#>]|[-+](?=\s))|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu,
    (sign) => `\\${sign}`,
  );
}

/** What a terminal would obey is a blank. */
function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}
