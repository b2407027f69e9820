/** Where instances may run. */
import type { App } from './context.ts';
import type { Path } from './path.ts';
import { listOf, show } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';

const OPERATORS = ['UNIQUE', 'CLUSTER', 'GROUP_BY', 'LIKE', 'UNLIKE', 'MAX_PER', 'IS'] as const;
type Operator = (typeof OPERATORS)[number];

interface Constraint {
  readonly words: readonly string[];
  readonly at: Path;
}

/** Those of the right form; the operator in capitals, as Marathon reads it. */
export function constraintsOf({ fields, at }: App): Constraint[] {
  return listOf(fields.constraints).flatMap((one, index) =>
    isWellFormed(one) ? [{ words: one.with(1, one[1]!.toUpperCase()), at: [...at, 'constraints', index] }] : []
  );
}

function isWellFormed(value: unknown): value is string[] {
  const isOfTexts = Array.isArray(value) && value.every((word) => typeof word === 'string');
  return isOfTexts && (value.length === 2 || value.length === 3) && value[0] !== '';
}

function operatorOf({ words }: Constraint): Operator | undefined {
  return OPERATORS.find((one) => one === words[1]);
}

export const constraintRules: readonly Rule[] = [
  {
    name: 'constraint-form',
    number: 23,
    description: 'A constraint is a list of two or three texts: a field, an operator, a value',
    check: ofApps(({ fields, at }) =>
      listOf(fields.constraints).flatMap((one, index): Fault[] => {
        if (isWellFormed(one)) return [];
        const isOfScalars = Array.isArray(one) && one.length >= 2 && one.length <= 3 && one[0] !== '' &&
          one.every((word) => typeof word === 'string' || typeof word === 'number');
        const fix = isOfScalars ? show(one.map(String)) : 'such as ["hostname", "MAX_PER", "2"]';
        return [{ at: [...at, 'constraints', index], found: show(one), fix }];
      })
    ),
  },
  {
    name: 'constraint-operator',
    number: 23,
    description: `A constraint’s operator is one of ${OPERATORS.join(', ')}`,
    check: ofApps((app) =>
      constraintsOf(app).filter((one) => operatorOf(one) === undefined).map(({ words, at }) => (
        { at: [...at, 1], found: show(words[1]), fix: `one of ${OPERATORS.join(', ')}` }
      ))
    ),
  },
  {
    name: 'constraint-value',
    number: 23,
    description:
      'UNIQUE has no value, MAX_PER and GROUP_BY a number as a text, LIKE and UNLIKE a Java regular expression',
    check: ofApps((app) =>
      constraintsOf(app).flatMap((one): Fault[] => {
        const operator = operatorOf(one);
        const value = one.words[2];
        const fix = operator === undefined ? undefined : valueFor(operator, value);
        return fix === undefined ? [] : [{ at: [...one.at, 2], found: `${show(value)} for ${operator}`, fix }];
      })
    ),
  },
];

/** What to write, where this is wrong. */
function valueFor(operator: Operator, value: string | undefined): string | undefined {
  const isNumber = value !== undefined && /^\d{1,9}$/.test(value);
  switch (operator) {
    case 'UNIQUE':
      return value === undefined ? undefined : 'leave it out: two words, or MAX_PER with a number';
    case 'MAX_PER':
      return isNumber ? undefined : 'a number as a text, such as "2"';
    case 'GROUP_BY':
      return value === undefined || isNumber ? undefined : 'leave it out, or how many there are, such as "3"';
    case 'LIKE':
    case 'UNLIKE':
      if (value === undefined) return 'a regular expression for all of the value, such as "node-[12]"';
      return isJavaExpression(value) ? undefined : 'a regular expression that Java can read';
    case 'IS':
      return value === undefined || /^[a-zA-Z0-9_/.-]*$/.test(value) ? undefined : 'a text of a-z, A-Z, 0-9 and _/.-';
    case 'CLUSTER':
      return undefined;
  }
}

/** Whether it can be read at all. What Java has besides is taken out first; a lone { Java refuses is not seen here. */
function isJavaExpression(text: string): boolean {
  const known = text.replaceAll(/\\Q[^]*?(\\E|$)/g, '').replaceAll(/\(\?[a-zA-Z-]+\)/g, '')
    .replaceAll(/\(\?[a-zA-Z-]+:/g, '(?:').replaceAll('(?>', '(?:').replaceAll(/([*+?}])\+/g, '$1');
  try {
    new RegExp(known);
    return true;
  } catch {
    return false;
  }
}
