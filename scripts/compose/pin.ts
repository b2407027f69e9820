/**
 * A Compose file whose images are pinned: `build:` goes, `image:` becomes what a registry told. The text is edited in
 * place and not written anew, so comments, order, quotes and anchors stay as their author left them.
 *
 * Where services share a map (`<<: *role`), the image is changed there when it is right for all that take it from
 * there; otherwise each service gets its own, which counts more than what is merged.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';

/** What a service is to run. */
export interface PinnedImage {
  /** `repository@sha256:…` */
  readonly reference: string;
  /** For people: stands behind it as a comment. */
  readonly note: string;
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Node = YAMLMap['items'][number]['value'];

/**
 * The same file with these images, by the name of their service; services that are not named keep their `image:`.
 *
 * @throws SyntaxError naming file and line of what cannot be read or cannot be pinned
 */
export function pinImages(text: string, images: ReadonlyMap<string, PinnedImage>, file: string): string {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, merge: true });
  const lineOf = (at: number): string => `${file} line ${lines.linePos(at).line}`;
  const [error] = doc.errors;
  if (error) throw new SyntaxError(`${lineOf(error.pos[0])}: ${error.message.split('\n')[0]}`);
  const services = servicesOf(doc);
  if (!services) throw new SyntaxError(`${file} has no services`);

  const users = new Map<Pair, string[]>();
  const effective = new Map([...services].map(([name, map]) => [name, {
    map,
    image: find(doc, map, 'image'),
    build: find(doc, map, 'build'),
  }]));
  for (const [name, { image, build }] of effective) {
    for (const pair of [image, build]) if (pair) users.set(pair, [...users.get(pair) ?? [], name]);
  }
  for (const [name, { map, build }] of effective) {
    if (build && !images.has(name)) throw new SyntaxError(`${lineOf(start(build))}: ${name} has a build: and no image`);
    if (images.has(name) && map.has('extends')) {
      throw new SyntaxError(
        `${lineOf(start(map.items[0]!))}: ${name} extends another service: pin the file of that one`,
      );
    }
  }

  const edits = new Map<Pair | YAMLMap, Edit>();
  for (const [name, { reference, note }] of images) {
    const service = effective.get(name);
    // In another of the files.
    if (!service) continue;
    const { map, image, build } = service;
    const isShared = (pair: Pair): boolean =>
      users.get(pair)!.every((user) => images.get(user)?.reference === reference);
    if (image && (map.items.includes(image) || isShared(image))) {
      edits.set(image, setValue(text, image, reference, note));
    } else if (!image && build && (map.items.includes(build) || isShared(build))) {
      edits.set(build, replacePair(text, build, reference, note));
    } else edits.set(map, insertFirst(text, map, reference, note));
  }
  for (const { build } of effective.values()) {
    if (build && !edits.has(build)) edits.set(build, removePair(text, build, mapOf(doc, build)));
  }
  return withoutUnused(apply(text, [...edits.values()]), doc);
}

function servicesOf(doc: Document): Map<string, YAMLMap> | undefined {
  const services = doc.get('services');
  if (!isMap(services)) return undefined;
  return new Map(services.items.flatMap(({ key, value }) => {
    const map = resolve(doc, value);
    return isMap(map) ? [[String(key), map] as const] : [];
  }));
}

/** The pair that counts for this key: the map's own, else that of what is merged into it, the first before others. */
function find(doc: Document, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
  if (own) return own;
  for (const { value } of map.items.filter(isMerge)) {
    const merged = resolve(doc, value);
    for (const source of isSeq(merged) ? merged.items : [merged]) {
      const target = resolve(doc, source);
      const found = isMap(target) ? find(doc, target, key) : undefined;
      if (found) return found;
    }
  }
  return undefined;
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol');
}

function resolve(doc: Document, node: unknown): Node {
  return isAlias(node) ? (node as Alias).resolve(doc) as Node : node as Node;
}

function mapOf(doc: Document, wanted: Pair): YAMLMap {
  let found: YAMLMap | undefined;
  visit(doc, { Map: (_, map) => void (map.items.includes(wanted) && (found = map)) });
  return found!;
}

function start(pair: Pair): number {
  return (pair.key as { range: [number, number, number] }).range[0];
}

/** Where the value's text ends, without the blank and the comment that may follow. */
function end(text: string, { key, value }: Pair): number {
  const range = (value ?? key) as { range?: [number, number, number] };
  const to = range.range?.[1] ?? text.length;
  return text.slice(0, to).trimEnd().length;
}

/** A comment behind it only where its line ends there: inside `{…}` it would swallow the rest. */
function imageText(text: string, to: number, { reference, note }: PinnedImage): string {
  return /^[ \t]*(\n|$)/.test(text.slice(to)) ? `${reference} # ${note}` : reference;
}

function setValue(text: string, pair: Pair, reference: string, note: string): Edit {
  const to = end(text, pair);
  const from = (pair.value as { range: [number, number, number] }).range[0];
  return { from, to, text: imageText(text, to, { reference, note }) };
}

function replacePair(text: string, pair: Pair, reference: string, note: string): Edit {
  const to = end(text, pair);
  return { from: start(pair), to, text: `image: ${imageText(text, to, { reference, note })}` };
}

function insertFirst(text: string, map: YAMLMap, reference: string, note: string): Edit {
  const at = start(map.items[0]!);
  if (map.flow) return { from: at, to: at, text: `image: ${reference}, ` };
  const indent = /[^\n]*$/.exec(text.slice(0, at))![0];
  // Behind an anchor or a dash the first key stands on a line of its own all the same.
  return { from: at, to: at, text: `image: ${reference} # ${note}\n${' '.repeat(indent.length)}` };
}

function removePair(text: string, pair: Pair, map: YAMLMap): Edit {
  const [from, to] = [start(pair), end(text, pair)];
  if (!map.flow) {
    const line = /[^\n]*$/.exec(text.slice(0, from))![0].length;
    const rest = /^[^\n]*\n?/.exec(text.slice(to))![0].length;
    return { from: from - line, to: to + rest, text: '' };
  }
  const comma = /^\s*,[ \t]*/.exec(text.slice(to))?.[0].length;
  if (comma !== undefined) return { from, to: to + comma, text: '' };
  return { from: from - (/,\s*$/.exec(text.slice(0, from))?.[0].length ?? 0), to, text: '' };
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits].sort((a, b) => b.from - a.from)
    .reduce((result, edit) => result.slice(0, edit.from) + edit.text + result.slice(edit.to), text);
}

/** Without the extensions (`x-…`) at the top that only builds had referred to. */
function withoutUnused(text: string, before: Document): string {
  const after = parseDocument(text, { merge: true });
  if (after.errors.length > 0) throw new SyntaxError(`Cannot pin what others refer to: ${after.errors[0]!.message}`);
  const [used, needed] = [aliasesOf(before), aliasesOf(after)];
  const root = after.contents;
  if (!isMap(root)) return text;
  const unused = root.items.filter(({ key, value }) => {
    const anchor = (value as { anchor?: string } | null)?.anchor;
    return /^x-/.test(String(key)) && anchor !== undefined && used.has(anchor) && !needed.has(anchor);
  });
  return apply(text, unused.map((pair) => withBlankLines(text, removePair(text, pair, root))));
}

/** With the blank lines that follow, which would meet those that stand before. */
function withBlankLines(text: string, edit: Edit): Edit {
  return { ...edit, to: edit.to + /^\n*/.exec(text.slice(edit.to))![0].length };
}

function aliasesOf(doc: Document): Set<string> {
  const names = new Set<string>();
  visit(doc, { Alias: (_, alias) => void names.add(alias.source) });
  return names;
}
