/** What the document has to be made of: told by the table of fields. */
import type { Rule } from './rule.ts';
import type { Misfit } from './shape.ts';

function ofMisfits(kind: Misfit['of']): Rule['check'] {
  return ({ misfits }) => misfits.filter((misfit) => misfit.of === kind);
}

export const shapeRules: readonly Rule[] = [
  {
    name: 'document',
    description: 'A document is an app, a group, or a list of apps',
    check: ({ strangers }) => strangers,
  },
  {
    name: 'kind-of-value',
    description: 'A field has the kind of value that Marathon reads there; null is none',
    check: ofMisfits('kind'),
  },
  { name: 'unknown-field', description: 'A field is one that Marathon knows', check: ofMisfits('unknown') },
  { name: 'missing-field', description: 'What has to be said is said', check: ofMisfits('missing') },
  { name: 'choice', description: 'A word is one of those that Marathon takes there', check: ofMisfits('choice') },
  { name: 'range', description: 'A number is whole where it has to be, and in its range', check: ofMisfits('range') },
  { name: 'form-of-text', description: 'A text has the form that it needs there', check: ofMisfits('form') },
];
