/** Values of a tree as what they are to be; whatever else stands there is an error that says where, what, and the rule. */
import { ComposeFileError, type Mapping, type Tree } from './tree.ts';

/** What a mapping has under a key; undefined also where nothing stands behind the colon. */
export function fieldOf(mapping: Mapping, key: string): Tree | undefined {
  const tree = mapping.entries.get(key);
  return tree?.kind === 'scalar' && tree.value === null ? undefined : tree;
}

/** Reads it where it is there. */
export function maybe<T>(mapping: Mapping, key: string, read: (tree: Tree, what: string) => T): T | undefined {
  const tree = fieldOf(mapping, key);
  return tree === undefined ? undefined : read(tree, key);
}

export function textOf(tree: Tree, what: string): string {
  if (tree.kind === 'scalar' && tree.value !== null) return String(tree.value);
  throw new ComposeFileError(tree.at, `${what} is a text; got a ${tree.kind === 'scalar' ? 'null' : tree.kind}`);
}

export function booleanOf(tree: Tree, what: string): boolean {
  const text = textOf(tree, what).toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ComposeFileError(tree.at, `${what} is true or false; got ${JSON.stringify(text)}`);
}

export function countOf(tree: Tree, what: string): number {
  const text = textOf(tree, what);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ComposeFileError(tree.at, `${what} is a whole number; got ${JSON.stringify(text)}`);
}

/** Cores, and other amounts. */
export function amountOf(tree: Tree, what: string): number {
  const text = textOf(tree, what);
  if (/^\d+(\.\d+)?$|^\.\d+$/.test(text)) return Number(text);
  throw new ComposeFileError(tree.at, `${what} is a number; got ${JSON.stringify(text)}`);
}

export function textsOf(tree: Tree, what: string): string[] {
  if (tree.kind === 'list') return tree.items.map((item) => textOf(item, `each of ${what}`));
  if (tree.kind === 'scalar') return [textOf(tree, what)];
  throw new ComposeFileError(tree.at, `${what} is a list of texts; got a mapping`);
}

export function mappingOf(tree: Tree, what: string): Mapping {
  if (tree.kind === 'mapping') return tree;
  throw new ComposeFileError(tree.at, `${what} is a mapping; got a ${tree.kind === 'scalar' ? 'text' : tree.kind}`);
}

export function itemsOf(tree: Tree, what: string): readonly Tree[] {
  if (tree.kind === 'list') return tree.items;
  throw new ComposeFileError(tree.at, `${what} is a list; got a ${tree.kind === 'scalar' ? 'text' : tree.kind}`);
}

/** Names with texts; one without a value has the empty one. */
export function textMapOf(tree: Tree, what: string): Map<string, string> {
  return new Map(
    [...mappingOf(tree, what).entries].map((
      [name, value],
    ) => [name, value.kind === 'scalar' && value.value === null ? '' : textOf(value, `${what}.${name}`)]),
  );
}

const TIME_UNITS: Readonly<Record<string, number>> = {
  us: 0.001,
  'µs': 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** `1m30s`, `1.5s` or `500ms`, as ms. */
export function timeOf(tree: Tree, what: string): number {
  const text = textOf(tree, what);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|µs|ms|s|m|h)/g)];
  if (text === '0') return 0;
  if (parts.length > 0 && parts.map(([part]) => part).join('') === text) {
    return parts.reduce((sum, [, number, unit]) => sum + Number(number) * TIME_UNITS[unit!]!, 0);
  }
  throw new ComposeFileError(tree.at, `${what} is a time such as 30s or 1m30s; got ${JSON.stringify(text)}`);
}

const SIZE_UNITS = ['b', 'k', 'm', 'g', 't'];

/** `256m`, `1.5gb` or a number of bytes; undefined for anything else. */
export function parseBytes(text: string): number | undefined {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?) ?([bkmgt])?(?:i?b)?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.round(Number(number) * 1024 ** SIZE_UNITS.indexOf(unit.toLowerCase()));
}

export function bytesOf(tree: Tree, what: string): number {
  const text = textOf(tree, what);
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  throw new ComposeFileError(tree.at, `${what} is a size such as 256m or 1g; got ${JSON.stringify(text)}`);
}

/** One of these words. */
export function wordOf<T extends string>(tree: Tree, what: string, words: readonly T[]): T {
  const text = textOf(tree, what);
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  throw new ComposeFileError(tree.at, `${what} is one of ${words.join(', ')}; got ${JSON.stringify(text)}`);
}
