/** Which HAProxies there should be, each with its configuration: computed from what there is, changing nothing. */
import { addressOf, type Container, isLoopback } from '../lib/containers.ts';
import { bracketed, type Engine } from '../lib/engine.ts';
import type { Configuration, Server } from './haproxy.ts';
import type { Link } from './links.ts';
import { missingNames } from './names-file.ts';
import { readBalancer } from './balancer-labels.ts';
import { instancesOf, type Placed, type Sight } from './sight.ts';

export interface Wanted {
  readonly kind: 'ambassador' | 'balancer';
  readonly engine: Engine;
  /** Of its container. */
  readonly name: string;
  /** Of an ambassador: in whose network it stands. */
  readonly consumer: Placed | undefined;
  readonly service: string;
  readonly configuration: Configuration;
  readonly backends: number;
  /** Instances that it should reach and cannot, with the reason. */
  readonly unreachable: readonly string[];
}

export interface WantedOptions {
  /** The ids of containers that have been told to end, and still run. */
  readonly leaving?: ReadonlySet<string>;
  /** Whether also for those that have not its names, and so would not call it; false. */
  readonly nameless?: boolean;
}

export function wantedAmbassadors(
  sight: Sight,
  links: readonly Link[],
  { leaving = new Set(), nameless = false }: WantedOptions = {},
): Wanted[] {
  return links.flatMap((link) =>
    instancesOf(sight, link.consumer).filter(({ container }) => nameless || callsByName(container, link)).map((
      consumer,
    ): Wanted => {
      const { listeners, backends, unreachable } = findBackends(consumer, link, sight, leaving);
      return {
        kind: 'ambassador',
        engine: consumer.engine,
        name: ambassadorName(consumer.container.name, link.service),
        consumer,
        service: link.service,
        configuration: { ...link, title: `The way to ${link.service}`, listeners },
        backends,
        unreachable,
      };
    })
  );
}

function callsByName(container: Container, link: Link): boolean {
  return missingNames(container, [link]).length < link.names.length;
}

/** A balancer is asked for by hand, and says itself, in its labels, what it was asked to be. */
export function wantedBalancers(sight: Sight, leaving: ReadonlySet<string>): Wanted[] {
  return sight.balancers.map((balancer): Wanted => {
    const { engine, container } = balancer;
    const access = readBalancer(container);
    const { listeners, backends, unreachable } = findBackends(balancer, access, sight, leaving);
    return {
      kind: 'balancer',
      engine,
      name: container.name,
      consumer: undefined,
      service: access.service,
      configuration: balancerConfiguration(access, listeners),
      backends,
      unreachable,
    };
  });
}

export function balancerConfiguration(
  access: Pick<Link, 'service' | 'balance' | 'checkPath'>,
  listeners: Configuration['listeners'],
): Configuration {
  const title = `The balancer in front of ${access.service}`;
  return { ...access, title, address: '', listeners };
}

export function ambassadorName(consumer: string, service: string): string {
  return `${consumer}-to-${service}`;
}

export interface Backends {
  readonly listeners: Configuration['listeners'];
  readonly backends: number;
  readonly unreachable: readonly string[];
}

/** Who asks: a container, or one that is about to be made. */
export interface Viewer {
  readonly engine: Engine;
  readonly container: Pick<Placed['container'], 'name' | 'networks'>;
}

/** The instances of a service, as they are reached from somewhere. */
export function findBackends(
  viewer: Viewer,
  { service, ports }: Pick<Link, 'service' | 'ports'>,
  sight: Pick<Sight, 'members'>,
  leaving: ReadonlySet<string> = new Set(),
): Backends {
  const instances = instancesOf(sight, service).filter(({ container }) => !leaving.has(container.id));
  const seen = ports.map((port) => ({ port, ways: instances.map((instance) => wayTo(instance, viewer, port.port)) }));
  const unreachable = new Set(seen.flatMap(({ ways }) => ways.flatMap((way) => 'why' in way ? [way.why] : [])));
  return {
    listeners: seen.map(({ port, ways }) => ({ ...port, servers: ways.flatMap((way) => 'at' in way ? [way] : []) })),
    backends: instances.length - unreachable.size,
    unreachable: [...unreachable],
  };
}

/** How an instance is reached from the network of another container: directly where both are, else where it is published. */
function wayTo(instance: Placed, viewer: Viewer, port: number): Server | { readonly why: string } {
  const { name, networks, ports } = instance.container;
  if (instance.engine === viewer.engine) {
    const shared = [...viewer.container.networks.keys()].sort().find((network) => networks.has(network));
    if (shared !== undefined) return { name, at: `${bracketed(networks.get(shared)!)}:${port}` };
  }
  const published = ports.find(({ containerPort, protocol }) => containerPort === port && protocol === 'tcp');
  const why = `${viewer.container.name} cannot reach ${name} on ${instance.engine.name}`;
  if (!published) return { why: `${why}: they have no network in common, and it publishes no port for ${port}` };
  if (isLoopback(published)) return { why: `${why}: it publishes ${port} on that machine alone` };
  const address = addressOf(published, instance.engine.address);
  if (address === undefined) return { why: `${why}: they have no network in common, and nobody said its address` };
  // Each engine gives the same names.
  return { name: `${address.replaceAll(/[^\w.:-]/g, '_')}.${name}`, at: `${bracketed(address)}:${published.hostPort}` };
}
