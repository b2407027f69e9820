/** What is to be deployed: the JSON of a group, or of a single app. */
import { type Fields as Json, isObject } from './check/read.ts';
import { resolveId } from './check/resolve-id.ts';

export interface Wanted {
  readonly kind: 'group' | 'app';
  /** Absolute: `/coinroom`. */
  readonly id: string;
  /** As it is in the file, and as it is sent. */
  readonly body: Json;
  /** By absolute id: those of a group, and of the groups in it. */
  readonly apps: ReadonlyMap<string, Json>;
}

/** @param name of the file, for errors @throws SyntaxError, TypeError or RangeError that says what is wrong with it */
export function readWanted(text: string, name: string): Wanted {
  const body = parseObject(text, name);
  const { id, apps, groups } = body;
  if (typeof id !== 'string' || id === '') throw new TypeError(`Cannot deploy ${name}: it has no id`);
  if (body.scaleBy !== undefined || (body.version !== undefined && apps === undefined && groups === undefined)) {
    throw new TypeError(
      `Cannot deploy ${name}: scaleBy, or a version alone, is an order; this takes what is to be there`,
    );
  }
  const path = resolveId(id);
  if (apps === undefined && groups === undefined) {
    return { kind: 'app', id: path, body, apps: new Map([[path, body]]) };
  }
  // All that others have deployed would be stopped.
  if (path === '/') {
    throw new RangeError(`Cannot deploy ${name}: id must be a group of its own; got "/", which is all there is`);
  }
  const found = new Map<string, Json>();
  collectApps(body, path, { found, name });
  if (found.size === 0) throw new RangeError(`Cannot deploy ${name}: it has no apps`);
  return { kind: 'group', id: path, body, apps: found };
}

function parseObject(text: string, name: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // What the runtime says may quote the text, and there may be a secret in it.
    const [at = ''] = / at position \d+| \(line \d+ column \d+\)$/.exec((error as Error).message) ?? [];
    throw new SyntaxError(`Cannot read ${name}: it is no JSON${at}`);
  }
  if (isObject(value)) return value;
  throw new TypeError(`Cannot deploy ${name}: it must be the object of a group or of an app`);
}

interface Collecting {
  readonly found: Map<string, Json>;
  readonly name: string;
}

function collectApps(group: Json, path: string, { found, name }: Collecting): void {
  for (const [key, own] of [['apps', group.apps], ['groups', group.groups]] as const) {
    if (own !== undefined && !Array.isArray(own)) {
      throw new TypeError(`Cannot deploy ${name}: ${key} of ${path} is no list`);
    }
    for (const one of own ?? []) {
      if (!isObject(one) || typeof one.id !== 'string') {
        throw new TypeError(`Cannot deploy ${name}: one of the ${key} of ${path} has no id`);
      }
      const id = resolveId(one.id, path);
      if (key === 'apps') found.set(id, one);
      else collectApps(one, id, { found, name });
    }
  }
}
