/** Objects of any origin: what is read of them, and where their pods are. Nothing here is sure to have the shape it should have. */
import type { Fields } from './objects.ts';

export interface Found {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  /** Undefined: it says none. */
  readonly namespace: string | undefined;
  readonly spec: Fields;
  readonly fields: Fields;
  /** `Deployment/rng` */
  readonly label: string;
}

export interface FoundPods {
  readonly owner: Found;
  /** Of the template, or of the Pod itself: `$.spec.template`. */
  readonly path: string;
  readonly labels: Fields;
  readonly spec: Fields;
}

/** Of what is no object: one without fields. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Fields : {};
}

/** Of what is no list: an empty one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function findObject(value: unknown): Found {
  const fields = fieldsOf(value);
  const metadata = fieldsOf(fields.metadata);
  const kind = textOf(fields.kind) ?? '';
  const name = textOf(metadata.name) ?? '';
  const namespace = textOf(metadata.namespace);
  return {
    ...{ kind, name, namespace, fields, apiVersion: textOf(fields.apiVersion) ?? '', spec: fieldsOf(fields.spec) },
    label: `${namespace === undefined ? '' : `${namespace}/`}${kind || '?'}/${name || '?'}`,
  };
}

/** Kinds that make pods after a template, and go on doing so. */
export const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

const TEMPLATES: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  ...Object.fromEntries([...WORKLOADS, 'ReplicationController', 'Job'].map((kind) => [kind, ['spec', 'template']])),
  CronJob: ['spec', 'jobTemplate', 'spec', 'template'],
};

/** Undefined: it has none. */
export function podsOf(owner: Found): FoundPods | undefined {
  const keys = Object.hasOwn(TEMPLATES, owner.kind) ? TEMPLATES[owner.kind]! : undefined;
  if (!keys) return undefined;
  const template = keys.reduce((fields, key) => fieldsOf(fields[key]), owner.fields);
  return {
    owner,
    path: ['$', ...keys].join('.'),
    labels: fieldsOf(fieldsOf(template.metadata).labels),
    spec: fieldsOf(template.spec),
  };
}

/** Whether all labels of a selector are there. */
export function selects(selector: Fields, labels: Fields): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Of all containers, those of init too where that is said. */
export function containersOf({ path, spec }: FoundPods, keys: readonly string[] = ['containers']): Container[] {
  return keys.flatMap((key) =>
    listOf(spec[key]).map((one, at) => {
      const fields = fieldsOf(one);
      return { fields, path: `${path}.spec.${key}[${at}]`, ports: listOf(fields.ports).map(fieldsOf) };
    })
  );
}

export interface Container {
  readonly fields: Fields;
  readonly path: string;
  readonly ports: readonly Fields[];
}

/** A step of a JSON path. */
export function step(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
