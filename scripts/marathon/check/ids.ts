/** Names of apps and groups, and where they stand. */
import type { App, Context, Group } from './context.ts';
import { show, textOf } from './read.ts';
import { isSegment, parentOf, RESERVED, resolveId, segmentsOf, toPath, toSegment } from './resolve-id.ts';
import type { Fault, Rule } from './rule.ts';

type Named = App | Group;

/** A check of each id that is a text. */
function ofIds(check: (id: string, one: Named, isApp: boolean) => string | undefined): Rule['check'] {
  return ({ apps, groups }) =>
    [...groups, ...apps].flatMap((one, index): Fault[] => {
      const id = textOf(one.fields.id);
      const fix = id === undefined ? undefined : check(id, one, index >= groups.length);
      return fix === undefined ? [] : [{ at: [...one.at, 'id'], found: show(id), fix }];
    });
}

export const idRules: readonly Rule[] = [
  {
    name: 'id-segments',
    number: 1,
    description: 'The names of an id are labels of a-z, 0-9 and -, with dots between: no _, no upper case',
    check: ofIds((id, _one, isApp) => {
      if (id === '' || isApp && segmentsOf(id).length === 0) return 'a name, such as "/shop/web"';
      const isWell = segmentsOf(id).every((segment) => segment === '.' || segment === '..' || isSegment(segment));
      return isWell ? undefined : show(toPath(id));
    }),
  },
  {
    name: 'id-reserved',
    number: 2,
    description: 'The last name of an id is none of restart, tasks, versions, . and ..',
    check: ofIds((id) => {
      const last = segmentsOf(id).at(-1);
      return last !== undefined && RESERVED.has(last) ? `another name: Marathon’s URLs end with ${last}` : undefined;
    }),
  },
  {
    name: 'id-absolute',
    number: 3,
    description: 'An id is absolute: what is relative depends on where it is sent',
    check: ofIds((id, { group }) => id === '' || id.startsWith('/') ? undefined : show(resolveId(id, group?.id))),
  },
  {
    name: 'id-in-group',
    number: 3,
    description: 'An id is that of a child of its group',
    check: ofIds((_id, { id: resolved, group }) => {
      if (resolved === undefined || group?.id === undefined || parentOf(resolved) === group.id && resolved !== '/') {
        return;
      }
      const last = toSegment(segmentsOf(resolved).at(-1) ?? 'app');
      return show(resolveId(last, group.id));
    }),
  },
  { name: 'id-unique', number: 3, description: 'No two apps and groups have the same id', check: doubles },
  {
    name: 'group-alone',
    description: 'version and scaleBy of a group stand alone: they change one that is there',
    check: ({ groups }) =>
      groups.flatMap(({ fields, at }) =>
        ['version', 'scaleBy'].filter((key) => Object.hasOwn(fields, key)).map((key): Fault => ({
          ...{ at: [...at, key], found: show(fields[key]) },
          fix: `leave it out: Marathon takes ${key} only without apps and groups`,
        }))
      ),
  },
];

function doubles({ apps, groups }: Context): Fault[] {
  const seen = new Set<string>();
  return [...groups, ...apps].flatMap(({ id, fields, at }): Fault[] => {
    if (id === undefined) return [];
    const isDouble = seen.has(id);
    seen.add(id);
    return isDouble ? [{ at: [...at, 'id'], found: show(fields.id), fix: `another name: ${id} is there already` }] : [];
  });
}
