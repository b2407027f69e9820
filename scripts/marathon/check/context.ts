/**
 * A document, read once for all rules: its groups and apps, whatever form it has. Marathon's own answers are forms too: a
 * list of apps, `{"apps": […]}` without an id, `{"app": {…}}`.
 */
import { type Mode, modeOf } from './mode.ts';
import type { Path } from './path.ts';
import { type Fields, fieldsOf, isObject, isSaid, listOf, type Part, partsOf, show, textOf } from './read.ts';
import { resolveId } from './resolve-id.ts';
import type { Fault } from './rule.ts';
import { APP, GROUP } from './app-shape.ts';
import { type Misfit, misfitsOf } from './shape.ts';

export interface Group extends Part {
  /** Absolute: `/shop/db`; undefined where none can be read. */
  readonly id: string | undefined;
  /** The group that this one stands in. */
  readonly group: Group | undefined;
}

export interface App extends Part {
  /** Absolute: `/shop/web`; undefined where none can be read. */
  readonly id: string | undefined;
  readonly group: Group | undefined;
  /** Undefined where several are said, or one that there is not. */
  readonly mode: Mode | undefined;
  readonly container: Fields;
  /** Of the container, or where they stood before Marathon 1.5. */
  readonly mappings: readonly Part[];
  readonly definitions: readonly Part[];
  readonly healthChecks: readonly Part[];
}

export interface Context {
  /** From outside, and so are apps. */
  readonly groups: readonly Group[];
  readonly apps: readonly App[];
  /** Whether this is a group in full, rather than apps among others. */
  readonly isGroup: boolean;
  /** What is no app, no group, and no list of them. */
  readonly strangers: readonly Fault[];
  /** Where the document has not the shape that Marathon's types give it. */
  readonly misfits: readonly Misfit[];
}

/** Marathon's own are a few levels deep; what is deeper is not looked at, so that no document takes all memory. */
const MOST_LEVELS = 100;

interface Found {
  readonly groups: Group[];
  readonly apps: App[];
  readonly strangers: Fault[];
}

export function readDocument(json: unknown): Context {
  const found: Found = { groups: [], apps: [], strangers: [] };
  const isGroup = addDocument(json, found);
  const misfits = [
    ...found.groups.flatMap(({ fields, at }) => misfitsOf(fields, { shape: GROUP, at })),
    ...found.apps.flatMap(({ fields, at }) => misfitsOf(fields, { shape: APP, at })),
  ];
  return { ...found, isGroup, misfits };
}

function addDocument(json: unknown, found: Found): boolean {
  if (Array.isArray(json)) return addList(json, [], found);
  if (!isObject(json)) return addStranger(json, [], found);
  const keys = Object.keys(json);
  if (keys.length === 1 && isObject(json.app)) return addPart(json.app, ['app'], found);
  if (Array.isArray(json.apps) && keys.length === 1) return addList(json.apps, ['apps'], found);
  return addPart(json, [], found);
}

function addList(list: readonly unknown[], at: Path, found: Found): boolean {
  for (const [index, one] of list.entries()) addPart(one, [...at, index], found);
  return false;
}

function addPart(value: unknown, at: Path, found: Found): boolean {
  if (!isObject(value)) return addStranger(value, at, found);
  const isGroup = isSaid(value.apps) || isSaid(value.groups);
  if (isGroup) addGroups(value, at, found);
  else found.apps.push(readApp({ fields: value, at }, undefined));
  return isGroup;
}

function addStranger(value: unknown, at: Path, { strangers }: Found): false {
  strangers.push({ at, found: show(value), fix: 'an app, a group, or a list of apps: {"id": "/shop/web", …}' });
  return false;
}

function addGroups(fields: Fields, at: Path, found: Found): void {
  const waiting: Group[] = [readGroup({ fields, at }, undefined)];
  while (waiting.length > 0) {
    const group = waiting.shift()!;
    found.groups.push(group);
    const inside = (key: string): Path => [...group.at, key];
    for (const part of partsOf(group.fields.apps, inside('apps'))) found.apps.push(readApp(part, group));
    const below = partsOf(group.fields.groups, inside('groups'));
    const level = (group.at.length - at.length) / 2 + 1;
    if (level < MOST_LEVELS) {
      for (const part of below) waiting.push(readGroup(part, group));
    } else if (below.length > 0) {
      const fix = `groups of ${MOST_LEVELS} levels at most: what is below is not checked`;
      found.strangers.push({ at: inside('groups'), found: `level ${level + 1}`, fix });
    }
  }
}

function readGroup(part: Part, group: Group | undefined): Group {
  const id = textOf(part.fields.id);
  return { ...part, group, id: id === undefined ? undefined : resolveId(id, group?.id) };
}

function readApp(part: Part, group: Group | undefined): App {
  const { fields, at } = part;
  const id = textOf(fields.id);
  const container = fieldsOf(fields.container);
  const mappings = listOf(container.portMappings).length > 0
    ? partsOf(container.portMappings, [...at, 'container', 'portMappings'])
    : partsOf(fieldsOf(container.docker).portMappings, [...at, 'container', 'docker', 'portMappings']);
  return {
    ...{ ...part, group, container, mappings },
    id: id === undefined ? undefined : resolveId(id, group?.id),
    mode: modeOf(fields),
    definitions: partsOf(fields.portDefinitions, [...at, 'portDefinitions']),
    healthChecks: partsOf(fields.healthChecks, [...at, 'healthChecks']),
  };
}
