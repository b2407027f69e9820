/** Compose files as one tree: read, their variables replaced, what they extend and include brought in, one put over the other. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { UsageError } from '../command-line.ts';
import { interpolate, type Variables } from './interpolate.ts';
import { merge, normalizeService, withoutResets } from './merge.ts';
import type { Place } from './model.ts';
import { ComposeFileError, emptyAt, type Mapping, parseTree, type Tree } from './tree.ts';

export interface Loaded {
  /** With `services`, each in one form. */
  readonly tree: Mapping;
  /** Variables without a value, where they stand: they have become empty. */
  readonly unset: readonly { readonly name: string; readonly at: Place }[];
}

/** What stands at the top of files since version 2; a file without any of it is of version 1, where services stand there. */
const TOP = ['services', 'networks', 'volumes', 'secrets', 'configs', 'include', 'name', 'version', 'models'];

/** @throws ComposeFileError, or UsageError for a file that is not there */
export function loadFiles(files: readonly string[], variables: Variables): Loaded {
  const unset: { name: string; at: Place }[] = [];

  const known = new Map<string, ReadFile>();

  /** Once, however often others include and extend it. */
  function read(file: string): ReadFile {
    const there = known.get(file);
    if (there) return there;
    const tree = replaceVariables(asServices(parseTree(readText(file), file))) as Mapping;
    const services = [...mappingAt(tree, 'services').entries].map(([name, one]) =>
      [name, serviceOf(name, one)] as const
    );
    const found = { tree, services: new Map(services) };
    known.set(file, found);
    return found;
  }

  function load(file: string, chain: readonly string[]): Mapping {
    const { tree, services } = read(file);
    const extended = new Map([...services.keys()].map((name) => [name, extend(name, file, [])]));
    const entries = new Map(tree.entries).set('services', { ...mappingAt(tree, 'services'), entries: extended });
    entries.delete('include');
    const included = includesOf(tree).map(({ path, at }) => {
      const other = beside(file, path, at);
      if (other === file || chain.includes(other)) throw new ComposeFileError(at, `${other} includes itself`);
      return load(other, [...chain, file]);
    });
    return [...included, { ...tree, entries }].reduce((base, over) => mergeFiles(base, over));
  }

  function replaceVariables(tree: Tree): Tree {
    if (tree.kind === 'list') return { ...tree, items: tree.items.map(replaceVariables) };
    if (tree.kind === 'mapping') {
      return { ...tree, entries: new Map([...tree.entries].map(([key, value]) => [key, replaceVariables(value)])) };
    }
    if (typeof tree.value !== 'string' || !tree.value.includes('$')) return tree;
    try {
      const { text, unset: names } = interpolate(tree.value, variables);
      unset.push(...names.map((name) => ({ name, at: tree.at })));
      return { ...tree, value: text };
    } catch (error) {
      throw new ComposeFileError(tree.at, (error as Error).message, { cause: error });
    }
  }

  /** @param seen what has led there */
  function extend(name: string, file: string, seen: readonly string[]): Mapping {
    const service = read(file).services.get(name)!;
    const asked = service.entries.get('extends');
    if (asked === undefined) return service;
    const { from, path } = extendsOf(asked);
    const key = `${path ?? file} ${from}`;
    if (seen.includes(key)) throw new ComposeFileError(asked.at, `${name} extends itself, by way of ${from}`);
    const where = path === undefined ? file : beside(file, path, asked.at);
    if (!read(where).services.has(from)) {
      throw new ComposeFileError(asked.at, `${name} extends ${from}, which is no service of ${where}`);
    }
    const own = { ...service, entries: new Map([...service.entries].filter(([one]) => one !== 'extends')) };
    return merge(extend(from, where, [...seen, key]), own) as Mapping;
  }

  const trees = files.map((file) => load(file, []));
  return { tree: withoutResets(trees.reduce((base, over) => mergeFiles(base, over))), unset };
}

interface ReadFile {
  /** Its variables are replaced; it includes and extends nothing yet. */
  readonly tree: Mapping;
  /** Each in one form. */
  readonly services: ReadonlyMap<string, Mapping>;
}

function readText(file: string): string {
  if (!existsSync(file)) throw new UsageError(`There is no Compose file ${file}`);
  return readFileSync(file, 'utf8');
}

function beside(file: string, path: string, at: Place): string {
  const found = isAbsolute(path) ? path : normalize(join(dirname(file), path));
  if (!existsSync(found)) throw new ComposeFileError(at, `there is no file ${found}`);
  return found;
}

export const FIRST_VERSION = '1';

/** A file of version 1 has its services at the top, and does not say so. */
function asServices(tree: Mapping): Mapping {
  const names = [...tree.entries.keys()].filter((key) => !key.startsWith('x-'));
  if (names.length === 0 || names.some((name) => TOP.includes(name))) return tree;
  const version: Tree = { kind: 'scalar', at: tree.at, value: FIRST_VERSION };
  return { ...tree, entries: new Map<string, Tree>([['version', version], ['services', tree]]) };
}

function mappingAt(tree: Mapping, key: string): Mapping {
  const found = tree.entries.get(key);
  if (found === undefined || (found.kind === 'scalar' && found.value === null)) return emptyAt(found?.at ?? tree.at);
  if (found.kind !== 'mapping') throw new ComposeFileError(found.at, `${key} is a mapping of names`);
  return found;
}

function serviceOf(name: string, service: Tree): Mapping {
  if (service.kind === 'mapping') return normalizeService(service);
  throw new ComposeFileError(service.at, `the service ${name} is a mapping, such as image: …`);
}

function extendsOf(tree: Tree): { readonly from: string; readonly path: string | undefined } {
  if (tree.kind === 'scalar' && typeof tree.value === 'string') return { from: tree.value, path: undefined };
  const [from, path] = tree.kind === 'mapping' ? [tree.entries.get('service'), tree.entries.get('file')] : [];
  const textOf = (one: Tree | undefined): string | undefined =>
    one?.kind === 'scalar' && one.value !== null ? String(one.value) : undefined;
  const service = textOf(from);
  if (service === undefined) throw new ComposeFileError(tree.at, 'extends takes a service, or service: and file:');
  return { from: service, path: textOf(path) };
}

function includesOf(tree: Mapping): { readonly path: string; readonly at: Place }[] {
  const list = tree.entries.get('include');
  if (list === undefined) return [];
  if (list.kind !== 'list') throw new ComposeFileError(list.at, 'include is a list of files');
  return list.items.flatMap((item) => {
    const path = item.kind === 'mapping' ? item.entries.get('path') : item;
    const paths = path?.kind === 'list' ? path.items : [path];
    return paths.map((one) => {
      if (one?.kind === 'scalar' && typeof one.value === 'string') return { path: one.value, at: one.at };
      throw new ComposeFileError(item.at, 'include takes files, or path: with a file');
    });
  });
}

/** Services are merged as services, all else as it stands. */
function mergeFiles(base: Mapping, over: Mapping): Mapping {
  const entries = new Map(base.entries);
  for (const [key, tree] of over.entries) {
    const there = entries.get(key);
    if (key !== 'services' || there?.kind !== 'mapping' || tree.kind !== 'mapping') {
      entries.set(key, there ? merge(there, tree, `/${key}`) : tree);
      continue;
    }
    const services = new Map(there.entries);
    for (const [name, service] of tree.entries) {
      const before = services.get(name);
      if (service.mark === 'reset') services.delete(name);
      else services.set(name, before ? merge(before, service) : service);
    }
    entries.set(key, { ...there, entries: services });
  }
  return { ...base, entries };
}
