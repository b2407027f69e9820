/** An application as objects of Kubernetes. Pure: the same application gives the same objects, in the same order. */
import type { Loss } from '../lib/compose-model/losses.ts';
import type { Application, Place, Service } from '../lib/compose-model/model.ts';
import { urlsIn } from '../lib/haproxy/ports.ts';
import { othersLost, tellRenamed, tellUncarried, variablesNaming } from './carried.ts';
import { roleOf } from './known.ts';
import { labelsOf } from './labels.ts';
import { Names, toDnsLabel } from './names.ts';
import { formatPlace, type KubernetesObject, type Metadata, type Part } from './objects.ts';
import { portsOf } from './ports.ts';
import { type Exposure, governingName, publishedName, servicesOf } from './services.ts';
import { kindOf, workloadOf } from './workloads.ts';

export interface KubernetesOptions {
  /** Default: none is said, so it is the one that kubectl is set to. */
  readonly namespace?: string | undefined;
  /** How many of a service there are, in place of what the file says. */
  readonly instances?: ReadonlyMap<string, number>;
  /** What the file publishes: by a Service of this type. Default: only told. */
  readonly expose?: Exposure | undefined;
  /** Of each claim; default: 1Gi. */
  readonly volumeSize?: string;
}

export interface Kubernetes {
  readonly objects: readonly KubernetesObject[];
  /** In the order of the services. */
  readonly losses: readonly Loss[];
}

/**
 * @throws SyntaxError with the place in the file of what cannot be: no image, a name that two want, a variable or a label that
 * cannot be read
 * @throws RangeError for instances of what is not there, or is on each node
 */
export function toKubernetes(application: Application, options: KubernetesOptions = {}): Kubernetes {
  const { namespace, instances = new Map<string, number>(), expose, volumeSize = '1Gi' } = options;
  assertInstances(application, instances);
  const told = new Map<Service, Loss[]>();
  const parts = application.services.map((service): Part => {
    const losses: Loss[] = [];
    told.set(service, losses);
    return {
      ...{ service, name: toDnsLabel(service.name), role: roleOf(service) },
      replicas: instances.get(service.name) ?? service.replicas,
      lose: (what: string, why: string, at: Place = service.at) =>
        void losses.push({ ...{ service: service.name, what, why, at } }),
    };
  });
  assertNames(parts, namespace);
  tellRenamed(parts);
  const objects = parts.flatMap((part) => {
    tellUncarried(part);
    const others = application.services.filter((one) => one !== part.service);
    const isNamed = others.some((other) => namesService(other, part.service.name));
    const ports = portsOf(part, { urls: urlsTo(part.service, others), isNamed });
    const labels = labelsOf(part, application.name);
    const isStateful = kindOf(part) === 'StatefulSet';
    return [
      ...servicesOf(part, ports, { labels: labels.own, selector: labels.selector, expose, isNamed, isStateful }),
      workloadOf(part, { ports, labels, application, volumeSize }),
    ];
  });
  return {
    objects: namespace === undefined ? objects : objects.map((object) => ({
      ...object,
      metadata: named(object.metadata, namespace),
    })),
    losses: [...othersLost(application), ...application.services.flatMap((service) => told.get(service)!)],
  };
}

function assertInstances({ services }: Application, instances: ReadonlyMap<string, number>): void {
  for (const name of instances.keys()) {
    const service = services.find((one) => one.name === name);
    if (!service) throw new RangeError(`Cannot have instances of ${name}: there is no such service`);
    if (service.isGlobal) throw new RangeError(`Cannot have instances of ${name}: there is one on each node`);
  }
}

function assertNames(parts: readonly Part[], namespace: string | undefined): void {
  const names = new Names();
  for (const { name, service } of parts) {
    if (name === 'kubernetes' && (namespace ?? 'default') === 'default') {
      throw new SyntaxError(
        `Cannot name ${service.name} ${formatPlace(service.at)}: in the namespace default the cluster has a Service ` +
          'kubernetes; give --namespace, or another name',
      );
    }
    names.take(name, service.name, service.at);
  }
  for (const part of parts) {
    const { name, service } = part;
    if (kindOf(part) === 'StatefulSet') names.take(governingName(name), `the pods of ${service.name}`, service.at);
    if (service.ports.length > 0) names.take(publishedName(name), `what ${service.name} publishes`, service.at);
  }
}

/** Whether a service has another one in its links, its dependencies or its environment. */
function namesService(service: Service, name: string): boolean {
  return service.dependencies.some((one) => one.service === name) ||
    service.links.some((one) => one.service === name) ||
    variablesNaming(service, name).length > 0;
}

function urlsTo({ name }: Service, others: readonly Service[]): ReturnType<typeof urlsIn> {
  return others.flatMap(({ environment }) => urlsIn(Object.fromEntries(environment)))
    .filter(({ host }) => host.toLowerCase() === name.toLowerCase());
}

function named({ name, ...rest }: Metadata, namespace: string): Metadata {
  return { name, namespace, ...rest };
}
