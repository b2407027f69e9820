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

  function load(file: string, chain: readonly string[]): Mapping {
    const raw = asServices(parseTree(readText(file), file));
    const tree = replaceVariables(raw) as Mapping;
    const services = mappingAt(tree, 'services');
    const own = new Map([...services.entries].map(([name, service]) => [name, serviceOf(name, service)]));
    const extended = new Map([...own].map(([name]) => [name, extend(name, { file, services: own, seen: [] })]));
    const self: Mapping = {
      ...tree,
      entries: new Map(tree.entries).set('services', { ...services, entries: extended }),
    };
    const included = includesOf(tree).map(({ path, at }) => {
      const other = beside(file, path, at);
      if (other === file || chain.includes(other)) throw new ComposeFileError(at, `${other} includes itself`);
      return load(other, [...chain, file]);
    });
    const withoutInclude = { ...self, entries: new Map([...self.entries].filter(([key]) => key !== 'include')) };
    return [...included, withoutInclude].reduce((base, over) => mergeFiles(base, over));
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

  function extend(name: string, { file, services, seen }: Extending): Mapping {
    const service = services.get(name)!;
    const asked = service.entries.get('extends');
    if (asked === undefined) return service;
    const { from, path } = extendsOf(asked);
    const key = `${path ?? file} ${from}`;
    if (seen.includes(key)) throw new ComposeFileError(asked.at, `${name} extends itself, by way of ${from}`);
    const other = path === undefined ? services : servicesOf(beside(file, path, asked.at));
    const where = path === undefined ? file : beside(file, path, asked.at);
    if (!other.has(from)) {
      throw new ComposeFileError(asked.at, `${name} extends ${from}, which is no service of ${where}`);
    }
    const base = extend(from, { file: where, services: other, seen: [...seen, key] });
    const own = { ...service, entries: new Map([...service.entries].filter(([one]) => one !== 'extends')) };
    return merge(base, own) as Mapping;
  }

  function servicesOf(file: string): ReadonlyMap<string, Mapping> {
    const tree = replaceVariables(asServices(parseTree(readText(file), file))) as Mapping;
    return new Map([...mappingAt(tree, 'services').entries].map(([name, service]) => [name, serviceOf(name, service)]));
  }

  const trees = files.map((file) => load(file, []));
  return { tree: withoutResets(trees.reduce((base, over) => mergeFiles(base, over))), unset };
}

interface Extending {
  readonly file: string;
  readonly services: ReadonlyMap<string, Mapping>;
  readonly seen: readonly string[];
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
