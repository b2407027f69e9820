/** What has been replaced, and must not stand beside what replaces it. */
import type { App } from './context.ts';
import { modeOf } from './mode.ts';
import type { Path } from './path.ts';
import { type Fields, fieldsOf, isSaid, listOf, partsOf, show } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

interface Old {
  readonly path: readonly string[];
  /** What to write now, in words. */
  readonly instead: (app: Fields) => string;
  /** Fields that may not stand beside it. Marathon itself makes the new ones of the others. */
  readonly against: readonly (readonly string[])[];
  /** Where an empty list says the same in the old and in the new form. */
  readonly isHarmlessWhenEmpty?: boolean;
}

const NEW_NETWORK: ReadonlyMap<unknown, string> = new Map([
  ['HOST', '"networks": [{"mode": "host"}]'],
  ['BRIDGE', '"networks": [{"mode": "container/bridge"}]'],
  ['USER', '"networks": [{"mode": "container", "name": …}]'],
]);

const NETWORK = ['container', 'docker', 'network'] as const;

/** Of Marathon 1.5 (2017). */
const OLD: readonly Old[] = [
  {
    path: NETWORK,
    instead: (app) => NEW_NETWORK.get(at(app, NETWORK)) ?? 'networks',
    against: [['networks']],
  },
  {
    path: ['container', 'docker', 'portMappings'],
    instead: () => 'container.portMappings, with the same list',
    against: [['container', 'portMappings']],
    isHarmlessWhenEmpty: true,
  },
  {
    path: ['ipAddress'],
    instead: () => '"networks": [{"mode": "container", "name": …}], and container.portMappings for discovery.ports',
    against: [['networks'], ['ports'], ['portDefinitions']],
  },
  {
    path: ['ports'],
    instead: (app) => {
      if (modeOf(app) !== 'host') return 'leave it out: container.portMappings is what counts';
      return `"portDefinitions": [${listOf(app.ports).map((port) => `{"port": ${show(port)}}`).join(', ')}]`;
    },
    against: [['portDefinitions']],
  },
  {
    path: ['uris'],
    instead: ({ uris }) => `"fetch": [${listOf(uris).slice(0, 1).map((uri) => `{"uri": ${show(uri)}}`).join('')}…]`,
    against: [['fetch']],
    isHarmlessWhenEmpty: true,
  },
  {
    path: ['container', 'docker', 'credential'],
    instead: () => 'container.docker.pullConfig, with the name of a secret',
    against: [],
  },
  { path: ['residency'], instead: () => 'leave it out: it has no effect', against: [] },
];

export const deprecatedRules: readonly Rule[] = [
  {
    name: 'deprecated-field',
    number: 7,
    description:
      'No field of before Marathon 1.5 is used: container.docker.network and .portMappings, ipAddress, ports, uris',
    check: ofApps((app) => found(app).filter((one) => one.beside.length === 0).map(toFault)),
  },
  {
    name: 'old-beside-new',
    number: 7,
    description: 'No field of before Marathon 1.5 stands beside what has replaced it',
    check: ofApps((app) => found(app).filter((one) => one.beside.length > 0).map(toFault)),
  },
];

interface Found {
  readonly at: Path;
  readonly value: unknown;
  readonly instead: string;
  readonly beside: readonly string[];
}

function found({ fields, at: place }: App): Found[] {
  return OLD.flatMap(({ path, instead, against, isHarmlessWhenEmpty = false }) => {
    const value = at(fields, path);
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (!isSaid(value) || isEmpty && isHarmlessWhenEmpty) return [];
    const beside = against.filter((one) => isThere(at(fields, one)) && !saysTheSame(fields, path, one));
    return [{ at: [...place, ...path], value, instead: instead(fields), beside: beside.map((one) => one.join('.')) }];
  });
}

function toFault({ at, value, instead, beside }: Found): Fault {
  if (beside.length === 0) return { at, found: show(value), fix: instead };
  return {
    at,
    found: `${show(value)}, beside ${beside.join(' and ')}`,
    fix: `leave it out: ${beside[0]} is what counts`,
  };
}

function at(fields: Fields, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => fieldsOf(value)[key], fields);
}

function isThere(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isSaid(value);
}

/** Marathon’s answers have ports and portDefinitions, with the same numbers. */
function saysTheSame(fields: Fields, path: readonly string[], other: readonly string[]): boolean {
  if (path[0] !== 'ports' || other[0] !== 'portDefinitions') return false;
  const numbers = partsOf(fields.portDefinitions, []).map((one) => one.fields.port);
  return JSON.stringify(numbers) === JSON.stringify(listOf(fields.ports).filter((port) => typeof port === 'number'));
}
