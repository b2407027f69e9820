/** Names of a file as ids of Marathon: lower case, digits and hyphens; two names never become one. */
import type { Application } from '../lib/compose-model/model.ts';
import { RESERVED } from './check/resolve-id.ts';
import { type Report, said, tellers } from './report.ts';

/** Marathon takes dots as well; the names that apps are found by do not bear them. */
const SEGMENT = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** @throws SyntaxError for what is no path of a group */
export function parseGroup(text: string): string {
  const segments = text.replace(/\/$/, '').split('/').slice(1);
  const isGood = text.startsWith('/') && segments.length > 0 && segments.every((one) => SEGMENT.test(one)) &&
    !RESERVED.has(segments.at(-1)!);
  if (isGood) return `/${segments.join('/')}`;
  throw new SyntaxError(
    `Cannot use this group: it is a path of lower-case letters, digits and hyphens, such as /coinroom, and does not end ` +
      `with ${[...RESERVED].slice(0, 3).join(', ')}; got ${JSON.stringify(text)}`,
  );
}

/** `My_App` -> `my-app`; empty when nothing of it can stay. */
export function toSegment(name: string): string {
  const segment = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return RESERVED.has(segment) ? `${segment}-app` : segment;
}

/**
 * The id of each service, by its name.
 *
 * @throws SyntaxError for two names that become the same id, and for one of which nothing can stay
 */
export function idsOf({ services }: Application, group: string, report: Report): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const ids = new Map<string, string>();
  for (const service of services) {
    const { name, at } = service;
    const segment = toSegment(name);
    if (segment === '') {
      throw new SyntaxError(
        `Cannot name the app of ${JSON.stringify(name)}: an id has letters and digits, and this has none${said(at)}`,
      );
    }
    const owner = owners.get(segment);
    if (owner !== undefined) {
      throw new SyntaxError(
        `Cannot name the apps of ${owner} and ${name}: both become ${group}/${segment}; rename one${said(at)}`,
      );
    }
    owners.set(segment, name);
    ids.set(name, `${group}/${segment}`);
    if (segment !== name) {
      const why = RESERVED.has(name)
        ? `an id that ends with ${name} is Marathon's own`
        : 'an id has no other characters';
      tellers(report, service).choose('name', `the app is called ${segment}: ${why}`);
    }
  }
  return ids;
}
