/** Reading JSON of which nothing is known: what is not of the kind that is asked for is as if it were not there. */
import type { Path } from './path.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** An object, and where it stands. */
export interface Part {
  readonly fields: Fields;
  readonly at: Path;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** null is as if nothing were said: that it is there is told once, by kind-of-value. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The objects of a list. */
export function partsOf(list: unknown, at: Path): Part[] {
  return listOf(list).flatMap((one, index) => isObject(one) ? [{ fields: one, at: [...at, index] }] : []);
}

/** The texts of a list. */
export function textsOf(list: unknown, at: Path): { readonly text: string; readonly at: Path }[] {
  return listOf(list).flatMap((one, index) => typeof one === 'string' ? [{ text: one, at: [...at, index] }] : []);
}

const MOST_CHARACTERS = 60;

/** A value in a line, for people: short, whatever it is, and however deep. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isObject(value)) return Object.keys(value).length === 0 ? '{}' : `an object of ${Object.keys(value).length}`;
  if (!Array.isArray(value)) return shorten(showScalar(value));
  const isFlat = value.length <= 8 && value.every((one) => typeof one !== 'object' || one === null);
  return isFlat ? shorten(`[${value.map(showScalar).join(', ')}]`) : `a list of ${value.length}`;
}

function showScalar(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function shorten(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS - 1)}…`;
}
