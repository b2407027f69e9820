/** Changes to a list of machines that leave all else of it as it is: comments, order, line ends, what stands in front. */
import { readFileSync } from 'node:fs';
import { BYTE_ORDER_MARK, canonicalAddress, entryOf, HOST_RULE, parseHost } from './hosts.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Adds machines at the end. Those that stand there already, written in any way, stay where they are.
 *
 * @param entries addresses, also with a login: `ubuntu@10.0.0.7`
 * @param comment what stands behind each that is added
 * @throws RangeError for what is no address
 */
export function addHosts(text: string, entries: readonly string[], comment?: string): string {
  const known = new Set(text.split('\n').map(entryOf).filter((entry) => entry !== '').map(keyOf));
  const added = entries.filter((entry) => {
    const key = keyOf(checked(entry));
    return !known.has(key) && known.add(key);
  });
  if (added.length === 0) return text;
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const begun = text.replace(BYTE_ORDER_MARK, '') === '' || text.endsWith('\n') ? text : text + end;
  // A line break in a comment would begin an entry.
  const behind = comment === undefined ? '' : `  # ${comment.replace(/\s+/g, ' ').trim()}`;
  return begun + added.map((entry) => entry + behind + end).join('');
}

/** Takes the lines of these addresses out, with the comment behind them. Those that do not stand there are no error. */
export function removeHosts(text: string, entries: readonly string[]): string {
  const gone = new Set(entries.map(keyOf));
  const start = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const lines = text.slice(start.length).split('\n');
  return start + lines.filter((line) => entryOf(line) === '' || !gone.has(keyOf(entryOf(line)))).join('\n');
}

/** How many machines stand in it. */
export function countHosts(text: string): number {
  return text.split('\n').filter((line) => entryOf(line) !== '').length;
}

/**
 * Reads a list, which may not be there yet, and writes what `change` makes of it. Nothing happens in between, so of two
 * processes that do this neither undoes what the other has done, but for an instant.
 *
 * @returns whether it was changed
 */
export function changeHostsFile(file: string, change: (text: string) => string): boolean {
  const before = readListed(file);
  const after = change(before);
  if (after === before) return false;
  replaceFile(file, after);
  return true;
}

/** Empty when it is not there. What is in another encoding is refused, or writing it again would spoil its comments. */
function readListed(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new Error(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function checked(entry: string): string {
  if (parseHost(entry)) return entry;
  throw new RangeError(`Cannot add a machine: ${HOST_RULE}; got ${JSON.stringify(entry)}`);
}

/** What is no address has a key too: it is left alone. */
function keyOf(entry: string): string {
  const host = parseHost(entry);
  return host ? canonicalAddress(host.address) : entry;
}
