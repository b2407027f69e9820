/** Services: whether there are pods behind, and whether these listen where they are called. */
import { containersOf, fieldsOf, type Found, type FoundPods, listOf, podsOf, selects } from './found.ts';
import type { Fields } from './objects.ts';
import type { Tell } from './rules.ts';

export interface Sight {
  /** All objects. */
  readonly found: readonly Found[];
  readonly tell: Tell;
}

export function checkServices(object: Found, { found, tell }: Sight): void {
  if (object.kind === 'StatefulSet') checkGoverning(object, { found, tell });
  if (object.kind !== 'Service' || object.apiVersion !== 'v1') return;
  const selector = fieldsOf(object.spec.selector);
  if (Object.keys(selector).length === 0 || object.spec.type === 'ExternalName') return;
  const pods = found.filter((one) => one.namespace === object.namespace).flatMap((one) => podsOf(one) ?? []);
  // A file of Services only is about pods of another one.
  if (pods.length === 0) return;
  const selected = pods.filter(({ labels }) => selects(selector, labels)).map(portsOf);
  if (selected.length === 0) return tell('service-pods', '$.spec.selector', 'it selects no pod of this file');
  for (const [at, port] of listOf(object.spec.ports).map(fieldsOf).entries()) {
    const target = port.targetPort ?? port.port;
    const path = `$.spec.ports[${at}].${port.targetPort === undefined ? 'port' : 'targetPort'}`;
    if (!selected.every((ports) => hasPort(ports, target))) {
      tell('service-port', path, `its pods have no port ${JSON.stringify(target)}`);
    }
  }
}

function portsOf(pods: FoundPods): readonly Fields[] {
  return containersOf(pods).flatMap(({ ports }) => ports);
}

/** A container may listen where it says nothing of; but one that says something means all of it. */
export function hasPort(ports: readonly Fields[], wanted: unknown): boolean {
  if (typeof wanted === 'string') return ports.some(({ name }) => name === wanted);
  return ports.length === 0 || ports.some(({ containerPort }) => containerPort === wanted);
}

/** Gives each of its pods a name. */
function checkGoverning({ spec, namespace }: Found, { found, tell }: Sight): void {
  const { serviceName } = spec;
  // Needed by no version since 1.33.
  if (serviceName === undefined || serviceName === '') return;
  const isThere = found.some(({ kind, name, namespace: its, spec: { clusterIP } }) =>
    kind === 'Service' && name === serviceName && its === namespace && clusterIP === 'None'
  );
  if (!isThere) {
    tell('stateful-service', '$.spec.serviceName', `${JSON.stringify(serviceName)} is no headless Service here`);
  }
}
