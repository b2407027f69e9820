import { canonicalAddress, entryOf, parseHost } from '../lib/hosts.ts';

/** So that a wrong file does not fill the terminal. */
const MOST_ERRORS = 10;
const MOST_CHARACTERS = 60;

/**
 * Addresses as people have them: one a line, or with blanks, commas or semicolons between them; what follows a `#` is a
 * comment. All of them are right, or none is taken.
 *
 * @param from what the text is called in errors
 * @throws SyntaxError naming the line of each that is none or stands there twice, and for a text without any
 */
export function parseAddresses(text: string, from: string): string[] {
  const lines = new Map<string, number>();
  const entries: string[] = [];
  const errors: string[] = [];
  for (const [at, wholeLine] of text.split('\n').entries()) {
    for (const entry of entryOf(wholeLine).split(/[\s,;]+/).filter((part) => part !== '')) {
      const line = at + 1;
      const host = parseHost(entry);
      const key = host ? canonicalAddress(host.address) : entry;
      const earlier = lines.get(key);
      if (!host) errors.push(`line ${line}: ${quoted(entry)} is no address`);
      else if (earlier) errors.push(`line ${line}: ${entry} is there already, in line ${earlier}`);
      else {
        lines.set(key, line);
        entries.push(entry);
      }
    }
  }
  if (errors.length > 0) {
    const more = errors.length > MOST_ERRORS ? [`and ${errors.length - MOST_ERRORS} more`] : [];
    const what = 'Cannot import: an address is such as 10.0.0.7, 2001:db8::7, node1.example.org or ubuntu@10.0.0.7';
    throw new SyntaxError([`${what}. In ${from}:`, ...errors.slice(0, MOST_ERRORS), ...more].join('\n  '));
  }
  if (entries.length === 0) throw new SyntaxError(`Cannot import: there is no address in ${from}`);
  return entries;
}

/** Nothing of it can move the cursor, turn the direction of writing, or run off the screen. */
function quoted(text: string): string {
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
  return JSON.stringify(short).replace(
    /[^\x20-\x7e…]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
