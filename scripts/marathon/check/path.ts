/** Where something stands in a JSON document: the keys and places on the way to it, from outside. */
export type Path = readonly (string | number)[];

/** As JSONPath (RFC 9535): `$` is the whole, `$.apps[0].env.PORT`, `$.labels["a b"]`. */
export function formatPath(path: Path): string {
  return ['$', ...path.map(formatStep)].join('');
}

function formatStep(step: string | number): string {
  if (typeof step === 'string' && /^[A-Za-z_]\w*$/.test(step)) return `.${step}`;
  return `[${JSON.stringify(step)}]`;
}

/** Step by step, places as numbers; whoever stands further out comes first. */
export function comparePaths(a: Path, b: Path): number {
  const differs = a.findIndex((step, at) => step !== b[at]);
  if (differs === -1 || differs >= b.length) return a.length - b.length;
  const [one, other] = [a[differs]!, b[differs]!];
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one) < String(other) ? -1 : 1;
}
