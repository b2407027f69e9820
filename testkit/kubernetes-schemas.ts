/**
 * Objects against the schemas that Kubernetes publishes, as kubernetes-models has compiled them. These let fields pass that they do
 * not know, as JSON Schema does; a cluster does not (`strict`). A field is known when the schema looks at it: so what it has
 * never read is told, too.
 */
import { validate as daemonSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1DaemonSet';
import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as statefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';

type Validate = ((value: unknown) => boolean) & {
  readonly errors?: readonly { readonly instancePath: string; readonly message?: string; readonly keyword: string }[];
};

const SCHEMAS: Readonly<Record<string, unknown>> = {
  'v1 Service': service,
  'apps/v1 Deployment': deployment,
  'apps/v1 StatefulSet': statefulSet,
  'apps/v1 DaemonSet': daemonSet,
};

interface Identified {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What a schema says against an object, a line each: nothing, when it fits. */
export function schemaErrors(object: Identified): string[] {
  const validate = SCHEMAS[`${object.apiVersion} ${object.kind}`] as Validate | undefined;
  if (!validate) return [`there is no schema for ${object.apiVersion} ${object.kind}`];
  const unread = new Set<string>();
  const fits = validate(watched(object, { path: '', unread }));
  const errors = fits ? [] : validate.errors!.map(({ instancePath, keyword }) => `${instancePath}: ${keyword}`);
  return [...errors, ...[...unread].map((path) => `${path}: no such field`)];
}

interface Watching {
  readonly path: string;
  /** The fields that have not been read. */
  readonly unread: Set<string>;
}

/** The same object, of which is known what was read of it. */
function watched(value: unknown, { path, unread }: Watching): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) { for (const key of Object.keys(value)) unread.add(`${path}/${key}`); }
  const children = new Map(
    Object.entries(value).map(([key, child]) => {
      return [key, watched(child, { path: `${path}/${key}`, unread })];
    }),
  );
  return new Proxy(value, {
    get: (target, key, receiver) => {
      if (typeof key === 'symbol' || !children.has(key)) return Reflect.get(target, key, receiver);
      unread.delete(`${path}/${key}`);
      return children.get(key);
    },
  });
}
