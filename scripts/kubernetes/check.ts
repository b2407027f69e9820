/**
 * What is wrong with objects of Kubernetes, ours or not: what a cluster would refuse, what would never work, what is root.
 * Whether every field is one that Kubernetes knows is told by `kubectl apply --dry-run=server`.
 */
import { checkPods } from './check-pods.ts';
import { checkServices } from './check-services.ts';
import { fieldsOf, findObject, type Found, podsOf, selects, step, WORKLOADS } from './found.ts';
import { isDnsLabel, isDnsName, isLabelKey, isLabelValue } from './names.ts';
import { type Finding, type RuleName, RULES, type Tell } from './rules.ts';

export type { Finding };

/** In the order of the objects. */
export function checkKubernetes(objects: readonly unknown[]): Finding[] {
  const found = objects.map(findObject);
  const findings = found.map((): Finding[] => []);
  const tellOf = (at: number): Tell => (rule: RuleName, path: string, problem: string) =>
    void findings[at]!.push({ ...RULES[rule], rule, object: found[at]!.label, path, problem });
  const seen = new Set<string>();
  for (const [at, object] of found.entries()) {
    const tell = tellOf(at);
    checkObject(object, tell);
    const id = [object.apiVersion.split('/').slice(0, -1), object.kind, object.namespace, object.name].join(' ');
    if (object.name !== '' && seen.has(id)) tell('duplicate', '$.metadata.name', `${object.label} is there twice`);
    seen.add(id);
    const pods = podsOf(object);
    if (pods) checkPods(pods, { found, tell });
    checkServices(object, { found, tell });
  }
  return findings.flat();
}

function checkObject(object: Found, tell: Tell): void {
  const { kind, apiVersion, name, spec, fields } = object;
  const metadata = fieldsOf(fields.metadata);
  const missing = [
    ...(apiVersion === '' ? ['apiVersion'] : []),
    ...(kind === '' ? ['kind'] : []),
    ...(name === '' && metadata.generateName === undefined ? ['metadata.name'] : []),
  ];
  if (missing.length > 0) tell('object', '$', `it has no ${missing.join(' and no ')}`);
  if (name !== '' && !isNameOf(object)) {
    tell('name', '$.metadata.name', `${JSON.stringify(name)} is no name of a ${kind}`);
  }
  checkLabels(fieldsOf(metadata.labels), { path: '$.metadata.labels', tell });
  if (!WORKLOADS.includes(kind)) return;
  const { labels } = podsOf(object)!;
  const selector = fieldsOf(spec.selector);
  const matched = fieldsOf(selector.matchLabels);
  checkLabels(labels, { path: '$.spec.template.metadata.labels', tell });
  if (Object.keys(matched).length === 0 && selector.matchExpressions === undefined) {
    tell('selector', '$.spec.selector', 'it selects nothing');
  } else if (!selects(matched, labels)) {
    tell('selector', '$.spec.selector.matchLabels', 'its own pods do not have these labels');
  }
}

/** Of whose pods a label has the name, and a hash. */
const SHORT_NAMES: Readonly<Record<string, number>> = { StatefulSet: 52, CronJob: 52 };

function isNameOf({ kind, apiVersion, name }: Found): boolean {
  if (kind === 'Service') return isDnsLabel(name);
  // Roles may have any sign.
  if (apiVersion.startsWith('rbac.')) return true;
  return isDnsName(name) && name.length <= (SHORT_NAMES[kind] ?? 253);
}

function checkLabels(
  labels: Record<string, unknown>,
  { path, tell }: { readonly path: string; readonly tell: Tell },
): void {
  for (const [key, value] of Object.entries(labels)) {
    if (isLabelKey(key) && typeof value === 'string' && isLabelValue(value)) continue;
    tell('label', `${path}${step(key)}`, `${key}: ${JSON.stringify(value)} is no label`);
  }
}
