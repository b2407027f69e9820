/**
 * What kinds of values a document has where: a table that is walked beside it. It is about kinds, names of fields, choices and
 * ranges; what depends on other fields is told by rules of their own.
 */
import type { Path } from './path.ts';
import { isObject, show } from './read.ts';
import type { Fault } from './rule.ts';

export type Shape =
  | { readonly kind: 'text'; readonly oneOf?: readonly string[]; readonly form?: RegExp; readonly words?: string }
  | { readonly kind: 'number'; readonly isWhole?: boolean; readonly least?: number; readonly most?: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'object'; readonly fields: Readonly<Record<string, Shape>>; readonly needs?: readonly string[] }
  /** Keys are the user's. */
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  /** Told by a rule of its own. */
  | { readonly kind: 'any' };

export interface Misfit extends Fault {
  readonly of: 'kind' | 'unknown' | 'missing' | 'choice' | 'range' | 'form';
}

interface Wanted {
  readonly shape: Shape;
  readonly at: Path;
}

/** As deep as the table is, and no deeper. */
export function misfitsOf(value: unknown, { shape, at }: Wanted): Misfit[] {
  if (shape.kind === 'any') return [];
  if (shape.kind === 'either') {
    const fitting = shape.of.find((one) => isOfKind(value, one));
    return fitting ? misfitsOf(value, { shape: fitting, at }) : [wrongKind(value, { shape, at })];
  }
  if (!isOfKind(value, shape)) return [wrongKind(value, { shape, at })];
  switch (shape.kind) {
    case 'flag':
      return [];
    case 'text':
      return textMisfits(value as string, { shape, at });
    case 'number':
      return rangeMisfits(value as number, { shape, at });
    case 'list':
      return (value as unknown[]).flatMap((one, index) => misfitsOf(one, { shape: shape.of, at: [...at, index] }));
    case 'map':
      return Object.entries(value as object).flatMap(([key, one]) =>
        misfitsOf(one, { shape: shape.of, at: [...at, key] })
      );
    case 'object':
      return objectMisfits(value as Record<string, unknown>, { shape, at });
  }
}

function isOfKind(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'flag':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
    case 'map':
      return isObject(value);
    case 'either':
      return shape.of.some((one) => isOfKind(value, one));
    case 'any':
      return true;
  }
}

const WORDS: Readonly<Record<Shape['kind'], string>> = {
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
  list: 'a list',
  object: 'an object',
  map: 'an object',
  either: '',
  any: 'anything',
};

function wordsOf(shape: Shape): string {
  return shape.kind === 'either' ? shape.of.map(wordsOf).join(' or ') : WORDS[shape.kind];
}

function wrongKind(value: unknown, { shape, at }: Wanted): Misfit {
  const meant = meantBy(value, shape);
  const fix = value === null
    ? `leave it out, or write ${wordsOf(shape)}`
    : `${wordsOf(shape)}${meant ? `: ${meant}` : ''}`;
  return { of: 'kind', at, found: show(value), fix };
}

/** What whoever wrote this has most likely meant. */
function meantBy(value: unknown, shape: Shape): string | undefined {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  if (!isScalar) return undefined;
  if (shape.kind === 'text') return show(String(value));
  if (shape.kind === 'list') return shape.of.kind === 'text' ? show([String(value)]) : undefined;
  if (shape.kind === 'number') return /^-?\d+(\.\d+)?$/.test(String(value)) ? String(Number(value)) : undefined;
  if (shape.kind === 'flag') return /^(true|false)$/i.test(String(value)) ? String(value).toLowerCase() : undefined;
  const [only] = shape.kind === 'object' ? shape.needs ?? [] : [];
  return only === undefined ? undefined : `{"${only}": ${show(value)}}`;
}

function textMisfits(text: string, { shape, at }: Wanted & { readonly shape: Shape & { kind: 'text' } }): Misfit[] {
  const found = show(text);
  if (shape.oneOf && !shape.oneOf.includes(text)) {
    const near = shape.oneOf.find((one) => one.toLowerCase() === text.toLowerCase());
    return [{ of: 'choice', at, found, fix: near ? show(near) : `one of ${shape.oneOf.map(show).join(', ')}` }];
  }
  return !shape.form || shape.form.test(text)
    ? []
    : [{ of: 'form', at, found, fix: shape.words ?? String(shape.form) }];
}

function rangeMisfits(value: number, { shape, at }: Wanted & { readonly shape: Shape & { kind: 'number' } }): Misfit[] {
  const { isWhole = false, least = -Infinity, most = Infinity } = shape;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return [];
  const from = least === -Infinity ? '' : most === Infinity ? ` of at least ${least}` : ` from ${least} to ${most}`;
  return [{ of: 'range', at, found: show(value), fix: `a ${isWhole ? 'whole ' : ''}number${from}` }];
}

function objectMisfits(
  object: Readonly<Record<string, unknown>>,
  { shape, at }: Wanted & { readonly shape: Shape & { kind: 'object' } },
): Misfit[] {
  const known = Object.keys(shape.fields);
  const inside = Object.entries(object).flatMap(([key, value]): Misfit[] => {
    if (Object.hasOwn(shape.fields, key)) return misfitsOf(value, { shape: shape.fields[key]!, at: [...at, key] });
    return [{ of: 'unknown', at: [...at, key], found: show(value), fix: fixFor(key, known) }];
  });
  // A null that stands there is of the wrong kind.
  const missing = (shape.needs ?? []).filter((key) => object[key] === undefined);
  return [
    ...inside,
    ...missing.map((key): Misfit => ({
      of: 'missing',
      at: [...at, key],
      found: 'nothing',
      fix: neededText(shape, key),
    })),
  ];
}

function neededText(shape: Shape & { kind: 'object' }, key: string): string {
  return `"${key}": ${wordsOf(shape.fields[key] ?? { kind: 'any' })}`;
}

/** Fields that people write where Marathon has them elsewhere, or by another name. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  image: 'container.docker.image',
  volumes: 'container.volumes',
  portMappings: 'container.portMappings',
  portDefinitions: 'portDefinitions of the app',
  privileged: 'container.docker.privileged',
  parameters: 'container.docker.parameters',
  forcePullImage: 'container.docker.forcePullImage',
  environment: 'env',
  memory: 'mem',
  cpu: 'cpus',
  healthcheck: 'healthChecks',
  command: 'cmd',
  replicas: 'instances',
  appc: 'container.docker: AppC went with Marathon 1.9',
  pods: 'pods are given to /v2/pods, each by itself',
};

/** Only Marathon's own answers have them. */
const ANSWERS = new Set([
  ...['tasks', 'tasksStaged', 'tasksRunning', 'tasksHealthy', 'tasksUnhealthy', 'tasksStats', 'deployments'],
  ...['lastTaskFailure', 'readinessCheckResults'],
]);

function fixFor(key: string, known: readonly string[]): string {
  const plain = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();
  const near = known.find((one) => plain(one) === plain(key) || plain(one) === `${plain(key)}s`);
  if (near) return near;
  if (ANSWERS.has(key)) return 'leave it out: only Marathon’s answers have it';
  return Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key]! : 'leave it out: Marathon has no such field';
}
