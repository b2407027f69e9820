/** What is mounted into a container, from the short form and the long one. */
import { booleanOf, bytesOf, fieldOf, itemsOf, mappingOf, maybe, textOf, textsOf } from './fields.ts';
import type { Mount } from './model.ts';
import { ComposeFileError, type Mapping, type Tree } from './tree.ts';

export function mountsOf(service: Mapping): Mount[] {
  const volumes = fieldOf(service, 'volumes');
  const tmpfs = fieldOf(service, 'tmpfs');
  const mounts = [
    ...(volumes === undefined ? [] : itemsOf(volumes, 'volumes').map((item) => mountOf(item))),
    ...(tmpfs === undefined ? [] : textsOf(tmpfs, 'tmpfs').map((text, at) => inMemory(text, itemAt(tmpfs, at)))),
  ];
  for (const [index, { target, at }] of mounts.entries()) {
    if (mounts.findIndex((one) => one.target === target) === index) continue;
    throw new ComposeFileError(at, `two volumes cannot be in one place, ${target}`);
  }
  return mounts;
}

function itemAt(tree: Tree, at: number): Tree {
  return tree.kind === 'list' ? tree.items[at]! : tree;
}

function mountOf(item: Tree): Mount {
  return item.kind === 'mapping' ? fromMapping(item) : fromText(item);
}

/** A path of the machine begins so; what does not is the name of a volume. */
const PATH = /^(?:[./~]|[a-z]:[\\/])/i;

/** `/data`, `wallet:/data`, `./page:/page:ro`, `C:\page:/page`. */
function fromText(item: Tree): Mount {
  const text = textOf(item, 'each of volumes');
  const [, source, target, options = ''] = /^(?:([a-z]:[\\/][^:]*|[^:]+):)?(\/[^:]*)(?::([\w,]+))?$/i.exec(text) ?? [];
  if (target === undefined) {
    throw new ComposeFileError(
      item.at,
      `a volume is such as /data, wallet:/data or ./page:/page:ro; got ${JSON.stringify(text)}`,
    );
  }
  const common = { target, isReadOnly: options.split(',').includes('ro'), at: item.at };
  if (source === undefined) return { ...common, kind: 'anonymous' };
  return PATH.test(source) ? { ...common, kind: 'bind', source } : { ...common, kind: 'volume', name: source };
}

function fromMapping(item: Mapping): Mount {
  const target = maybe(item, 'target', textOf);
  if (target === undefined) throw new ComposeFileError(item.at, 'a volume has a target');
  const source = maybe(item, 'source', textOf) ?? maybe(item, 'src', textOf);
  const common = { target, isReadOnly: maybe(item, 'read_only', booleanOf) ?? false, at: item.at };
  const type = maybe(item, 'type', textOf) ?? (source !== undefined && PATH.test(source) ? 'bind' : 'volume');
  switch (type) {
    case 'volume':
      return source === undefined ? { ...common, kind: 'anonymous' } : { ...common, kind: 'volume', name: source };
    case 'bind':
      if (source === undefined) throw new ComposeFileError(item.at, 'a volume of the type bind has a source');
      return { ...common, kind: 'bind', source };
    case 'tmpfs': {
      const options = maybe(item, 'tmpfs', mappingOf);
      return { ...common, kind: 'tmpfs', sizeBytes: options && maybe(options, 'size', bytesOf) };
    }
    default:
      throw new ComposeFileError(item.at, `a volume is of the type volume, bind or tmpfs; got ${JSON.stringify(type)}`);
  }
}

/** `/tmp:size=64m,mode=1777`; only the size is kept. */
function inMemory(text: string, { at }: Tree): Mount {
  const [target, options = ''] = text.split(':');
  const size = /(?:^|,)size=([^,]+)/.exec(options)?.[1];
  const sizeBytes = size === undefined
    ? undefined
    : bytesOf({ kind: 'scalar', at, value: size }, 'the size of a tmpfs');
  return { kind: 'tmpfs', target: target!, isReadOnly: false, sizeBytes, at };
}
