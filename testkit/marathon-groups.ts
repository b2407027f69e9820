/** The groups of a Marathon in memory: a tree in what is put and told, flat inside. */
import { posix } from 'node:path';
import type { Definition } from './marathon-apps.ts';

export interface Group {
  readonly id: string;
  readonly apps?: readonly Definition[];
  readonly groups?: readonly Group[];
}

/** All apps below a group, by absolute id. */
export function collect({ apps = [], groups = [] }: Group, id: string): Map<string, Definition> {
  const own = apps.map((app) => ({ ...app, id: posix.resolve(id, app.id) }));
  return new Map([
    ...own.map((app) => [app.id, app] as const),
    ...groups.flatMap((group) => [...collect(group, posix.resolve(id, group.id))]),
  ]);
}

/** The apps of each group below it are in a group of their own. */
export function groupOf(id: string, apps: readonly { readonly id: string }[]): object {
  const parent = (app: { readonly id: string }): string => posix.dirname(app.id);
  const below = Map.groupBy(
    apps.filter((app) => parent(app) !== id),
    (app) => posix.join(id, posix.relative(id, app.id).split('/')[0]!),
  );
  return {
    ...{ id, apps: apps.filter((app) => parent(app) === id), dependencies: [], version: '2026-01-01T00:00:00.000Z' },
    groups: [...below].map(([name, own]) => groupOf(name, own)),
  };
}

/** Two of the rules, in the form of api/v2/Validation.scala. */
export function violations({ id, upgradeStrategy }: Definition, at: number): { path: string; errors: string[] }[] {
  const isId = id.split('/').slice(1).every((segment) => /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(segment));
  return [
    ...(isId ? [] : [{ path: `/apps(${at})/id`, errors: ['must be lower case', 'must have no underscore'] }]),
    ...((upgradeStrategy?.minimumHealthCapacity ?? 1) > 1
      ? [{ path: `/apps(${at})/upgradeStrategy/minimumHealthCapacity`, errors: ['is greater than 1'] }]
      : []),
  ];
}
