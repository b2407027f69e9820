/** What all objects of an application have in common, and what its parts are made with. */
import type { Place, Service } from '../lib/compose-model/model.ts';
import type { Role } from './known.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec: Fields;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Labels;
  readonly annotations?: Labels;
}

export type Labels = Readonly<Record<string, string>>;

/** Says aloud what is not carried over. */
export type Lose = (what: string, why: string, at?: Place) => void;

/** A service of the file on its way to its objects. */
export interface Part {
  readonly service: Service;
  /** In Kubernetes. */
  readonly name: string;
  /** Undefined: the service is none of ours. */
  readonly role: Role | undefined;
  /** As many of it as are wished for. */
  readonly replicas: number;
  readonly lose: Lose;
}

/** By these a pod is found: they never change, since a selector cannot. */
export interface Selector extends Labels {
  readonly 'app.kubernetes.io/name': string;
  readonly 'app.kubernetes.io/instance': string;
}

/** Where a key of a service stands; the service itself when the file has it elsewhere. */
export function placeOf({ given, at }: Service, ...keys: readonly string[]): Place {
  return given.find(({ key }) => keys.includes(key))?.at ?? at;
}

/** `(compose.yml, line 12)` */
export function formatPlace({ file, line }: Place): string {
  return `(${file}, line ${line})`;
}

/** An object without those fields that say nothing. */
export function filled(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
