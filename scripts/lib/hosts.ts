/** A list of machines: ips.txt, one address a line. */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { asUsage, UsageError } from './command-line.ts';

export interface Host {
  /** IPv4, IPv6 (without brackets), or a name. */
  readonly address: string;
  /** Where the line has one: `ubuntu@10.0.0.7`. */
  readonly login?: string;
  /** Counted from 1. */
  readonly line: number;
}

/** What {@link parseHost} takes. */
export const HOST_RULE =
  'a line holds one address, such as 10.0.0.7, 2001:db8::7, node1.example.org or ubuntu@10.0.0.7';

/** RFC 1123 §2.1. Never with a dash in front, which ssh would take for an option. */
const NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?$/i;

const LOGIN = /^[a-z_][a-z0-9_.-]{0,31}$/i;

/** What an editor on Windows puts in front of a text. */
export const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Reads a list of machines. What follows a `#` is a comment. Lines may end as on Windows, and the text begin as there.
 *
 * @param file what the list is called in errors
 * @throws SyntaxError naming file and line for what is no address, for one that is there twice, and for an empty list
 */
export function parseHosts(text: string, file: string): Host[] {
  const hosts = new Map<string, Host>();
  for (const [at, wholeLine] of text.split('\n').entries()) {
    const entry = entryOf(wholeLine);
    if (entry === '') continue;
    const parsed = parseHost(entry);
    if (!parsed) {
      throw new SyntaxError(`Cannot read ${file}, line ${at + 1}: ${HOST_RULE}; got ${JSON.stringify(entry)}`);
    }
    const host = { ...parsed, line: at + 1 };
    const key = canonicalAddress(host.address);
    const earlier = hosts.get(key);
    if (earlier) {
      throw new SyntaxError(
        `Cannot read ${file}, line ${host.line}: an address stands there once; line ${earlier.line} has ${host.address} too`,
      );
    }
    hosts.set(key, host);
  }
  if (hosts.size === 0) throw new SyntaxError(`Cannot read ${file}: ${HOST_RULE}; there is none`);
  return [...hosts.values()];
}

/** Reads the file of such a list. @throws UsageError when it cannot be read, or what is in it */
export async function readHosts(file: string): Promise<Host[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new UsageError(`Cannot read ${file}: ${error.message}`, { cause: error });
  });
  return asUsage(() => parseHosts(text, file));
}

/** What a line of the list holds besides blanks and a comment; empty for one that names nobody. */
export function entryOf(line: string): string {
  // trim() takes a byte order mark and a carriage return as well.
  return line.replace(/#.*/, '').trim();
}

/** One entry of such a list; undefined for what is none. */
export function parseHost(entry: string): Omit<Host, 'line'> | undefined {
  const at = entry.lastIndexOf('@');
  const address = entry.slice(at + 1);
  if (!isAddress(address)) return undefined;
  if (at < 0) return { address };
  const login = entry.slice(0, at);
  return LOGIN.test(login) ? { address, login } : undefined;
}

function isAddress(text: string): boolean {
  if (isIP(text) !== 0) return true;
  // What ends in a number is a mistyped IPv4 address: no name does (RFC 1123 §2.1).
  return NAME.test(text) && text.length <= 253 && !/(^|\.)\d+\.?$/.test(text);
}

/** One text for the many ways in which an IPv6 address or a name can be written. */
export function canonicalAddress(address: string): string {
  const text = address.toLowerCase().replace(/\.$/, '');
  if (isIP(text) !== 6) return text;
  const [bare, zone = ''] = text.split('%');
  return `${new URL(`http://[${bare}]`).hostname}%${zone}`;
}
