/** Who is started after whom. */
import type { App, Context, Group } from './context.ts';
import { type Path } from './path.ts';
import { show, textsOf } from './read.ts';
import { isSegment, isWithin, RESERVED, resolveId, segmentsOf, toPath } from './resolve-id.ts';
import type { Fault, Rule } from './rule.ts';

interface Dependency {
  readonly owner: App | Group;
  readonly isOfGroup: boolean;
  readonly text: string;
  /** Absolute. */
  readonly id: string;
  readonly at: Path;
}

function dependenciesOf({ apps, groups }: Context): Dependency[] {
  return [...groups, ...apps].flatMap((owner, index) => {
    const isOfGroup = index < groups.length;
    // What is relative counts from the group: for an app the one around it.
    const base = isOfGroup ? owner.id : owner.group?.id;
    return textsOf(owner.fields.dependencies, [...owner.at, 'dependencies']).map(({ text, at }): Dependency => (
      { owner, isOfGroup, text, id: resolveId(text, base), at }
    ));
  });
}

/** `fixFor` gives what to write instead, or nothing where all is well. */
function ofDependencies(fixFor: (one: Dependency, context: Context) => string | undefined): Rule['check'] {
  return (context) =>
    dependenciesOf(context).flatMap((one): Fault[] => {
      const fix = fixFor(one, context);
      return fix === undefined ? [] : [{ at: one.at, found: show(one.text), fix }];
    });
}

export const dependencyRules: readonly Rule[] = [
  {
    name: 'dependency-path',
    number: 4,
    description: 'A dependency is the path of an app or a group',
    check: ofDependencies(({ text, id }) => {
      const last = segmentsOf(id).at(-1);
      if (last === undefined || RESERVED.has(last)) return 'the path of an app or a group, such as "/shop/db"';
      const isWell = segmentsOf(text).every((segment) => segment === '.' || segment === '..' || isSegment(segment));
      return isWell ? undefined : show(toPath(text));
    }),
  },
  {
    name: 'dependency-known',
    number: 4,
    description: 'A dependency within the group that is given is there: Marathon passes over what is not',
    check: ofDependencies(({ id }, { isGroup, apps, groups }) => {
      const top = groups[0]?.id;
      if (!isGroup || top === undefined || top === '/' && segmentsOf(id).length === 0 || !isWithin(id, top)) return;
      const isThere = groups.some((one) => one.id === id) || apps.some((one) => one.id === id);
      return isThere ? undefined : `the path of an app or a group of ${top}: it has no ${id}`;
    }),
  },
  {
    name: 'dependency-self',
    number: 4,
    description: 'Nothing depends on itself, on a group that it is in, or on one that is in it',
    check: ofDependencies((one) => isOnItself(one) ? 'leave it out: it would wait for itself' : undefined),
  },
  {
    name: 'dependency-cycle',
    number: 4,
    description: 'No dependency leads back',
    check: (context) => {
      const goesTo = edgesOf(context);
      return dependenciesOf(context).filter((one) => !isOnItself(one) && leadsBack(one, goesTo)).map((
        { text, at, owner },
      ) => ({
        ...{ at, found: show(text) },
        fix: `leave out this one, or another on the way: it leads back to ${owner.id}`,
      }));
    },
  },
];

function isOnItself({ owner, isOfGroup, id }: Dependency): boolean {
  if (owner.id === undefined) return false;
  return isWithin(owner.id, id) || isOfGroup && isWithin(id, owner.id);
}

/**
 * Who waits for whom. A group is there twice: `in:` is what those wait for who depend on it, its apps and groups; `out:` is what
 * it waits for, and with it whatever is in it. So there are as many ways as lines in the file, not as many as pairs of apps.
 */
function edgesOf(context: Context): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>();
  const add = (from: string, to: string): void => {
    const list = edges.get(from);
    if (list) list.push(to);
    else edges.set(from, [to]);
  };
  for (const { id, group } of context.groups) {
    if (group === undefined) continue;
    add(`in:${group.id}`, `in:${id}`);
    add(`out:${id}`, `out:${group.id}`);
  }
  for (const { id, group } of context.apps) {
    // An app is one thing under two names.
    add(`in:${id}`, `out:${id}`);
    if (group === undefined) continue;
    add(`in:${group.id}`, `in:${id}`);
    add(`out:${id}`, `out:${group.id}`);
  }
  for (const one of dependenciesOf(context)) {
    if (!isOnItself(one)) add(`out:${one.owner.id}`, `in:${one.id}`);
  }
  return edges;
}

/** Whether a way from the one that is depended on leads to whoever depends. A look at all ways: as long as the file, for each. */
function leadsBack({ owner, id }: Dependency, goesTo: ReadonlyMap<string, readonly string[]>): boolean {
  const seen = new Set([`in:${id}`]);
  for (const place of seen) {
    if (place === `out:${owner.id}`) return true;
    for (const next of goesTo.get(place) ?? []) seen.add(next);
  }
  return false;
}
