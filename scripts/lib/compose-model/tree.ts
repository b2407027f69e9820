/**
 * A YAML file as a tree in which every value knows where it is written, so that whatever is wrong with it can be said with
 * file and line. Anchors, aliases and `<<` are resolved; `!reset` and `!override` stay as marks.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Place } from './model.ts';

export type Tree = Scalar | List | Mapping;

interface Marked {
  readonly at: Place;
  /** `!reset` takes away what other files say, `!override` puts this in its place. */
  readonly mark?: 'reset' | 'override' | undefined;
}

export interface Scalar extends Marked {
  readonly kind: 'scalar';
  /** Numbers are texts as they were written, so that none is rounded. */
  readonly value: string | boolean | null;
}

export interface List extends Marked {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface Mapping extends Marked {
  readonly kind: 'mapping';
  readonly entries: ReadonlyMap<string, Tree>;
}

/** What a file says cannot be: `compose.yml, line 12: …`. */
export class ComposeFileError extends SyntaxError {
  override name = 'ComposeFileError';
  constructor({ file, line }: Place, message: string, options?: ErrorOptions) {
    super(`${file}, line ${line}: ${message}`, options);
  }
}

/** Aliases of aliases grow without end ("billion laughs"); no file of people's comes near this. */
const MAX_VALUES = 100_000;

/** @throws ComposeFileError where it is no YAML, or not one mapping */
export function parseTree(text: string, file: string): Mapping {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', logLevel: 'silent' });
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  const [error] = document.errors;
  if (error) {
    throw new ComposeFileError(
      { file, line: lineOf(error.pos[0]) },
      error.message.split('\n')[0]!.replace(/ at line .*/, ''),
    );
  }
  let values = 0;
  /** Those in which the walk is. */
  const open = new Set<Node>();

  function toTree(node: Node | null | undefined, fallback: Place): Tree {
    const at = node?.range ? { file, line: lineOf(node.range[0]) } : fallback;
    if (++values > MAX_VALUES) {
      throw new ComposeFileError(at, `a file has at most ${MAX_VALUES} values, aliases counted`);
    }
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (!target) throw new ComposeFileError(at, `nothing has the anchor ${node.source}`);
      if (open.has(target)) throw new ComposeFileError(at, `what has the anchor ${node.source} has itself in it`);
      // What is wrong with it stands where it was written, not where it was asked for.
      return toTree(target, at);
    }
    const mark = node?.tag === '!reset' ? 'reset' : node?.tag === '!override' ? 'override' : undefined;
    if (isMap(node)) {
      open.add(node);
      const entries = entriesOf(node.items as readonly Entry[], at);
      open.delete(node);
      return { kind: 'mapping', at, mark, entries };
    }
    if (isSeq(node)) {
      open.add(node);
      const items = node.items.map((item) => toTree(item as Node, at));
      open.delete(node);
      return { kind: 'list', at, mark, items };
    }
    if (isScalar(node)) return { kind: 'scalar', at, mark, value: valueOf(node.value, node.source) };
    return { kind: 'scalar', at, mark, value: null };
  }

  function entriesOf(pairs: readonly Entry[], at: Place): Map<string, Tree> {
    const own = new Map<string, Tree>();
    const merged: Tree[] = [];
    for (const { key, value } of pairs) {
      const name = isScalar(key) ? String(key.source ?? key.value) : undefined;
      const place = isScalar(key) && key.range ? { file, line: lineOf(key.range[0]) } : at;
      if (name === undefined) throw new ComposeFileError(place, 'a key is a plain text');
      if (name === '<<') merged.push(toTree(value, place));
      else own.set(name, toTree(value, place));
    }
    const sources = merged.flatMap((tree) => tree.kind === 'list' ? tree.items : [tree]);
    for (const source of sources) {
      if (source.kind !== 'mapping') throw new ComposeFileError(source.at, '<< takes a mapping, or a list of such');
      for (const [name, value] of source.entries) if (!own.has(name)) own.set(name, value);
    }
    return own;
  }

  const tree = toTree(document.contents, { file, line: 1 });
  if (tree.kind === 'scalar' && tree.value === null) return { kind: 'mapping', at: tree.at, entries: new Map() };
  if (tree.kind !== 'mapping') throw new ComposeFileError(tree.at, 'a Compose file is a mapping, such as services: …');
  return tree;
}

interface Entry {
  readonly key: Node;
  readonly value: Node | null;
}

function valueOf(value: unknown, source: string | undefined): Scalar['value'] {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  // A whole number as it stands: as a number it may be rounded. A fraction as others print it: 1.10 is 1.1 for them.
  return Number.isInteger(value) && /^[-+]?\d+$/.test(source ?? '') ? source! : String(value);
}

/** A mapping without anything in it, for what is not there. */
export function emptyAt(at: Place): Mapping {
  return { kind: 'mapping', at, entries: new Map() };
}
