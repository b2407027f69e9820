/** What the user's own keys have as values: in env, and in labels. */
import type { Context } from './context.ts';
import type { Path } from './path.ts';
import { fieldsOf, isObject, isSaid, partsOf, show, textOf } from './read.ts';
import { type Fault, ofApps, type Rule } from './rule.ts';
import { networksOf } from './networks.ts';

function entriesOf(map: unknown, at: Path): { readonly key: string; readonly value: unknown; readonly at: Path }[] {
  return Object.entries(fieldsOf(map)).map(([key, value]) => ({ key, value, at: [...at, key] }));
}

function notText({ value, at }: { readonly value: unknown; readonly at: Path }, whatIfNull: string): Fault {
  const isScalar = typeof value === 'number' || typeof value === 'boolean';
  return { at, found: show(value), fix: isScalar ? show(String(value)) : isSaid(value) ? 'a text' : whatIfNull };
}

export const textRules: readonly Rule[] = [
  {
    name: 'env-texts',
    number: 22,
    description: 'A variable is a text, or {"secret": "name"}; one without a value has no meaning here',
    check: ofApps(({ fields, at }) =>
      entriesOf(fields.env, [...at, 'env']).filter(({ value }) => !isText(value)).map((one) =>
        notText(one, 'its value: nothing is taken from the machine')
      )
    ),
  },
  {
    name: 'env-names',
    number: 22,
    description: 'A variable has a name',
    check: ofApps(({ fields, at }) =>
      entriesOf(fields.env, [...at, 'env']).filter(({ key }) => key === '' || /[=\0]/.test(key)).map((one) => (
        { at: one.at, found: show(one.key), fix: 'a name of A-Z, 0-9 and _' }
      ))
    ),
  },
  { name: 'label-texts', number: 22, description: 'A label is a text', check: labelFaults },
];

function isText(value: unknown): boolean {
  return typeof value === 'string' ||
    isObject(value) && textOf(value.secret) !== undefined && Object.keys(value).length === 1;
}

function labelFaults({ apps }: Context): Fault[] {
  return apps.flatMap((app) => {
    const ip = fieldsOf(app.fields.ipAddress);
    const place = [...app.at, 'ipAddress'];
    const parts = [
      ...[app, ...networksOf(app), ...app.mappings, ...app.definitions],
      ...[{ fields: ip, at: place }, ...partsOf(fieldsOf(ip.discovery).ports, [...place, 'discovery', 'ports'])],
    ];
    return parts.flatMap(({ fields, at }) => entriesOf(fields.labels, [...at, 'labels']))
      .filter(({ value }) => typeof value !== 'string').map((one) => notText(one, 'a text, or leave it out'));
  });
}
