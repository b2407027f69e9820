/**
 * What a file says, key by key, so that a target can tell what it has not carried over. What stands below a key that the
 * model reads, and what the model does not keep of it, is a key of its own: `volumes[].bind.propagation`. By its brackets it
 * is none of those that a target carries.
 */
import { maybe, textOf } from './fields.ts';
import type { Given } from './model.ts';
import type { Mapping, Tree } from './tree.ts';

/** Of these each key is one of its own, and those below it as well. */
const DEEP = ['deploy', 'healthcheck', 'deploy.resources', 'deploy.resources.limits', 'deploy.resources.reservations'];

export function givenIn(service: Mapping): Given[] {
  return [...below(service, ''), ...unkeptIn(service)];
}

function below({ entries }: Mapping, path: string): Given[] {
  return [...entries].filter(([key]) => !key.startsWith('x-')).flatMap(([name, tree]): Given[] => {
    const key = `${path}${name}`;
    return DEEP.includes(key) && tree.kind === 'mapping' ? below(tree, `${key}.`) : [{ key, at: tree.at }];
  });
}

/** The model has these. */
const PORT = ['target', 'published', 'host_ip', 'protocol', 'name'];
const MOUNT = ['type', 'source', 'src', 'target', 'read_only', 'tmpfs.size'];
const DEPENDENCY = ['condition', 'required'];
const TMPFS = ['size', 'rw'];

function unkeptIn({ entries }: Mapping): Given[] {
  return [
    // To be balanced is what a port is here anyhow.
    ...childrenOf(entries.get('ports')).flatMap((port) =>
      unkept(port, 'ports[]', PORT).filter(({ key }) => key !== 'ports[].mode' || modeOf(port) !== 'ingress')
    ),
    ...childrenOf(entries.get('volumes')).flatMap((mount) => [
      ...unkept(mount, 'volumes[]', MOUNT),
      ...optionsOf(mount, /:\/[^:]*:([\w,]+)$/, ['ro', 'rw']).map((option) => ({
        key: `volumes[].${option}`,
        at: mount.at,
      })),
    ]),
    ...childrenOf(entries.get('tmpfs')).flatMap((mount) =>
      optionsOf(mount, /:(.*)$/, TMPFS).map((option) => ({ key: `tmpfs[].${option}`, at: mount.at }))
    ),
    ...childrenOf(entries.get('depends_on')).flatMap((one) => unkept(one, 'depends_on[]', DEPENDENCY)),
  ];
}

/** One text alone is a list of it. */
function childrenOf(tree: Tree | undefined): readonly Tree[] {
  if (tree === undefined) return [];
  if (tree.kind === 'scalar') return [tree];
  return tree.kind === 'list' ? tree.items : [...tree.entries.values()];
}

function modeOf(port: Tree): string | undefined {
  return port.kind === 'mapping' ? maybe(port, 'mode', textOf) : undefined;
}

/** `bind.propagation`, in place of `bind`. */
function unkept(tree: Tree, path: string, known: readonly string[]): Given[] {
  if (tree.kind !== 'mapping') return [];
  return [...tree.entries].flatMap(([name, one]): Given[] => {
    const inner = one.kind === 'mapping'
      ? [...one.entries].map(([key, { at }]) => ({ key: `${name}.${key}`, at }))
      : [];
    const keys = one.kind === 'mapping' ? inner : [{ key: name, at: one.at }];
    return keys.filter(({ key }) => !known.includes(key) && !key.startsWith('x-')).map(({ key, at }) => ({
      key: `${path}.${key}`,
      at,
    }));
  });
}

/** Of `a:/b:z,ro`, those that are not known, without their values. */
function optionsOf(tree: Tree, pattern: RegExp, known: readonly string[]): string[] {
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return [];
  const [, options = ''] = pattern.exec(tree.value) ?? [];
  return options.split(',').map((option) => option.split('=')[0]!).filter((name) =>
    name !== '' && !known.includes(name)
  );
}
