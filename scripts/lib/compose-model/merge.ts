/**
 * Several Compose files as one, by Compose's rules: mappings grow, lists grow, other values are replaced; and some things that
 * may be written as a list or as a mapping are made mappings first. https://docs.docker.com/reference/compose-file/merge/
 */
import { ComposeFileError, type List, type Mapping, type Scalar, type Tree } from './tree.ts';

/** `NAME=value` in a list is the same as `NAME: value`; of a service, by the path below it. */
const ENTRIES: ReadonlyMap<string, RegExp> = new Map([
  ...['environment', 'labels', 'annotations', 'sysctls', 'deploy.labels', 'build.args', 'build.labels'].map((path) =>
    [path, /^([^=]*)(?:=([^]*))?$/] as const
  ),
  // Older files have a colon, as /etc/hosts is given to docker.
  ['extra_hosts', /^([^:=]+)[:=]([^]*)$/],
]);

/** Whose list says the same as a mapping with nothing in it. */
const NAMES = ['depends_on', 'networks'];

/** What is replaced as a whole, though it may be a list. */
const REPLACED = ['command', 'entrypoint', 'healthcheck.test'];

/** A text is the same as a list with that text. */
const LISTS = ['env_file', 'dns', 'dns_search', 'tmpfs', 'profiles', 'label_file'];

/** A service in one form. */
export function normalizeService(service: Mapping, path = ''): Mapping {
  const entries = [...service.entries].map(([key, tree]): readonly [string, Tree] => {
    const at = path === '' ? key : `${path}.${key}`;
    if (tree.kind === 'mapping') return [key, normalizeService(tree, at)];
    const pattern = ENTRIES.get(at);
    if (tree.kind === 'list' && pattern) return [key, listAsMapping(tree, pattern)];
    if (tree.kind === 'list' && NAMES.includes(at)) return [key, namesAsMapping(tree)];
    if (tree.kind === 'scalar' && tree.value !== null && LISTS.includes(at)) return [key, asList(tree)];
    return [key, tree];
  });
  return { ...service, entries: new Map(entries) };
}

function listAsMapping(list: List, pattern: RegExp): Mapping {
  const entries = list.items.map((item) => {
    const text = item.kind === 'scalar' && item.value !== null ? String(item.value) : undefined;
    const [, name, value] = text === undefined ? [] : pattern.exec(text) ?? [];
    if (!name) throw new ComposeFileError(item.at, `an entry is NAME=value; got ${JSON.stringify(text ?? item.kind)}`);
    return [name, { kind: 'scalar', at: item.at, value: value ?? null } satisfies Scalar] as const;
  });
  return { kind: 'mapping', at: list.at, mark: list.mark, entries: new Map(entries) };
}

function namesAsMapping(list: List): Mapping {
  const entries = list.items.map((item) => {
    if (item.kind !== 'scalar' || item.value === null) {
      throw new ComposeFileError(item.at, 'a list of names has names only');
    }
    return [String(item.value), { kind: 'scalar', at: item.at, value: null } satisfies Scalar] as const;
  });
  return { kind: 'mapping', at: list.at, mark: list.mark, entries: new Map(entries) };
}

function asList(item: Scalar): List {
  return { kind: 'list', at: item.at, mark: item.mark, items: [item] };
}

/** @param path below the service, or below the file where it is no service */
export function merge(base: Tree, over: Tree, path = ''): Tree {
  if (over.mark === 'override') return { ...over, mark: undefined };
  if (over.kind === 'scalar' && over.value === null && base.kind !== 'scalar') return base;
  if (base.kind === 'mapping' && over.kind === 'mapping') {
    const entries = new Map(base.entries);
    for (const [key, tree] of over.entries) {
      const there = entries.get(key);
      if (tree.mark === 'reset') entries.delete(key);
      else entries.set(key, there ? merge(there, tree, path === '' ? key : `${path}.${key}`) : tree);
    }
    return { ...base, entries };
  }
  if (base.kind === 'list' && over.kind === 'list' && !REPLACED.includes(path)) {
    return {
      ...over,
      items: path === 'volumes' ? byTarget([...base.items, ...over.items]) : [...base.items, ...over.items],
    };
  }
  return over;
}

/** Of two volumes in one place, the later one is there. */
function byTarget(items: readonly Tree[]): Tree[] {
  return [...new Map(items.map((item, at) => [targetOf(item) ?? `${at}`, item])).values()];
}

function targetOf(item: Tree): string | undefined {
  if (item.kind === 'mapping') {
    const target = item.entries.get('target');
    return target?.kind === 'scalar' ? `${target.value}` : undefined;
  }
  if (item.kind !== 'scalar') return undefined;
  const parts = String(item.value).replace(/^[a-z]:(?=[\\/])/i, '').split(':');
  return parts[1] ?? parts[0];
}

/** What is to be taken away has been taken away by now; in the file where it stands there was nothing. */
export function withoutResets<T extends Tree>(tree: T): T {
  if (tree.kind === 'list') {
    return {
      ...tree,
      items: tree.items.filter(({ mark }) => mark !== 'reset').map(withoutResets),
    };
  }
  if (tree.kind === 'scalar') return tree;
  const kept = [...tree.entries].filter(([, { mark }]) => mark !== 'reset');
  return { ...tree, entries: new Map(kept.map(([key, value]) => [key, withoutResets(value)])) };
}
