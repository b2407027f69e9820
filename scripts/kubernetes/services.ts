/** How others reach a service: by its name in Compose, and from outside only where that is asked for. */
import type { Port } from '../lib/compose-model/model.ts';
import { filled, type KubernetesObject, type Labels, type Part, type Selector } from './objects.ts';
import type { Ports, Served } from './ports.ts';

export const EXPOSURES = ['NodePort', 'LoadBalancer'] as const;
export type Exposure = (typeof EXPOSURES)[number];

export interface ServicesOptions {
  readonly labels: Labels;
  readonly selector: Selector;
  /** Undefined: what the file publishes is reached by kubectl port-forward. */
  readonly expose: Exposure | undefined;
  readonly isStateful: boolean;
  /** Whether others name it at all. */
  readonly isNamed: boolean;
}

/** Of the headless one that gives the pods of a StatefulSet their names. */
export function governingName(name: string): string {
  return `${name}-pods`;
}

export function publishedName(name: string): string {
  return `${name}-published`;
}

/** The node ports of a cluster that was not told otherwise (kube-apiserver, --service-node-port-range). */
const NODE_PORTS = { first: 30_000, last: 32_767 } as const;

export function servicesOf(part: Part, { served }: Ports, options: ServicesOptions): KubernetesObject[] {
  const { labels, selector } = options;
  const make = (name: string, spec: Record<string, unknown>): KubernetesObject => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, labels } },
    spec: filled({ ...spec, selector }),
  });
  const ports = served.map((one) => portOf(one));
  const objects: KubernetesObject[] = [];
  if (ports.length > 0) {
    objects.push(make(part.name, { type: 'ClusterIP', ports }));
  } else if (options.isNamed) {
    // Its name is that of all its pods, at every port, as in Compose.
    objects.push(make(part.name, { clusterIP: 'None' }));
    part.lose('ports', 'none is known of it: its name is that of its pods, and nothing balances; say so by expose');
  }
  if (options.isStateful) objects.push(make(governingName(part.name), { clusterIP: 'None', ports }));
  const published = publishedPorts(part, served, options.expose);
  if (published.length > 0) {
    objects.push(make(publishedName(part.name), { type: options.expose, ports: published }));
  }
  return objects;
}

function portOf({ port, protocol, mode, target }: Served): Record<string, unknown> {
  const name = `${protocol === 'tcp' ? mode : protocol}-${port}`;
  return { name, port, targetPort: target, protocol: protocol.toUpperCase() };
}

/** Of what the file publishes, what is reached from outside of the cluster. The rest is told. */
function publishedPorts(
  { service, name, lose }: Part,
  served: readonly Served[],
  expose: Exposure | undefined,
): Record<string, unknown>[] {
  const made = new Map<string, Record<string, unknown>>();
  for (const port of withoutRanges(service.ports)) {
    const target = served.find((one) => one.port === port.target && one.protocol === port.protocol);
    if (!target) {
      lose('ports', `${port.target}/${port.protocol}: nothing of it listens there`, port.at);
    } else if (expose === undefined || isLocal(port)) {
      lose('ports', forwardInstead(port, name), port.at);
    } else {
      const chosen = expose === 'LoadBalancer' ? balancerPort(port, target) : nodePort(port, target);
      const key = `${chosen.port}/${port.protocol}`;
      if (made.has(key)) lose('ports', `${wantedWords(port)} is not published: ${chosen.port} is already`, port.at);
      else made.set(key, chosen);
      if (expose === 'NodePort' && chosen.nodePort === undefined) {
        const others = `nodes have ${NODE_PORTS.first} to ${NODE_PORTS.last}`;
        lose(
          'ports',
          `${wantedWords(port)}: ${others}; kubectl get service ${publishedName(name)} tells which`,
          port.at,
        );
      }
    }
  }
  return [...made.values()];
}

/** Of a range there is one for each instance: a Service stands for all of them. */
function withoutRanges(ports: readonly Port[]): Port[] {
  return ports.filter(({ isOfRange, target, protocol }, at) =>
    !isOfRange ||
    at === ports.findIndex((one) => one.isOfRange && one.target === target && one.protocol === protocol)
  );
}

function balancerPort(port: Port, target: Served): Record<string, unknown> {
  const chosen = port.isOfRange ? port.target : port.published ?? port.target;
  return { ...portOf(target), name: `${port.protocol}-${chosen}`, port: chosen };
}

function nodePort({ published = 0, isOfRange }: Port, target: Served): Record<string, unknown> {
  const fits = !isOfRange && published >= NODE_PORTS.first && published <= NODE_PORTS.last;
  return { ...portOf(target), ...(fits ? { nodePort: published } : {}) };
}

function isLocal({ hostIp = '' }: Port): boolean {
  return /^(127\.|\[?::1\]?$|localhost$)/.test(hostIp);
}

function wantedWords({ published, target, isOfRange }: Port): string {
  return published === undefined ? `any port for ${target}` : `${published}${isOfRange ? ' and so on' : ''}`;
}

function forwardInstead(port: Port, name: string): string {
  const words = `${wantedWords(port)} is not published`;
  // What kubectl forwards is TCP.
  if (port.protocol === 'udp') return isLocal(port) ? `${words}, being of one machine` : `${words}: --expose does that`;
  const forward = `kubectl port-forward service/${name} ${port.published ?? ''}:${port.target}`;
  return isLocal(port) ? `${words}, being of one machine: ${forward}` : `${words}: ${forward}, or --expose NodePort`;
}
