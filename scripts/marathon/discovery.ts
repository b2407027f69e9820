/**
 * How apps find each other. In a Compose network a name is an address; Marathon has no such thing, and a choice of what
 * stands in for it. Each is one function from a port of an app to what others write into their URLs.
 *
 *   marathon-lb  a HAProxy that has a port for every port of every app; it needs nothing of the network, and is the default
 *   mesos-dns    names for addresses, without ports: of use where each task has an address of its own
 *   vip          DC/OS: a name and the port that the app itself has, balanced on each agent
 */
import type { Place } from '../lib/compose-model/model.ts';
import type { MarathonNetwork } from './api.ts';
import type { AppPort } from './ports.ts';
import { said } from './report.ts';

export const DISCOVERIES = ['marathon-lb', 'mesos-dns', 'vip'] as const;
export type DiscoveryKind = (typeof DISCOVERIES)[number];

export interface DiscoveryOptions {
  readonly discovery?: DiscoveryKind | undefined;
  /** Where marathon-lb is reached. */
  readonly balancer?: string | undefined;
  /** Of the apps that it takes. */
  readonly balancerGroup?: string | undefined;
  /** Below which Mesos-DNS, or DC/OS for virtual addresses, has the apps of this Marathon. */
  readonly domain?: string | undefined;
  /** Whose tasks have addresses of their own; undefined: Docker's bridge. */
  readonly network?: string | undefined;
}

/** An app, and where the file has its service. */
export interface Located {
  readonly id: string;
  readonly at: Place;
}

export interface Discovery {
  readonly kind: DiscoveryKind;
  readonly network: MarathonNetwork;
  /** `host:port` for the others. @throws SyntaxError for a name that DNS cannot have */
  readonly endpointOf: (app: Located, port: AppPort) => string;
  /** What a port mapping says of it. */
  readonly labelsOf: (app: Located, port: AppPort) => Readonly<Record<string, string>>;
  readonly balancerGroup: string;
  /** In the report: what this needs, and what it cannot do. */
  readonly explanation: string;
}

/** A label of DNS has 63 characters, of which Mesos-DNS wants 9 for itself (Marathon, Service Discovery). */
const LONGEST = { 'marathon-lb': Infinity, 'mesos-dns': 54, vip: 63 };

/** @throws SyntaxError where the choice needs what is not said */
export function openDiscovery(options: DiscoveryOptions): Discovery {
  const { discovery: kind = 'marathon-lb', network: name, balancerGroup = 'external' } = options;
  const network: MarathonNetwork = name === undefined
    ? { mode: 'container/bridge' }
    : { mode: 'container', name: parseNetworkName(name) };
  const common = { kind, network, balancerGroup, labelsOf: () => ({}) };
  const labelled = (label: string, at: Place): string => {
    if (label.length <= LONGEST[kind]) return label;
    throw new SyntaxError(
      `Cannot find ${label} by ${kind}: its name has more than ${LONGEST[kind]} characters${said(at)}`,
    );
  };
  switch (kind) {
    case 'marathon-lb': {
      const { balancer = 'marathon-lb.marathon.mesos' } = options;
      return {
        ...common,
        endpointOf: (_app, { servicePort }) => `${balancer}:${servicePort}`,
        explanation:
          `apps call each other by way of ${balancer}, each at a port of its own there: a marathon-lb has to run, ` +
          `with the group ${balancerGroup}; --discovery mesos-dns and vip do without`,
      };
    }
    case 'mesos-dns': {
      // In a bridge the port of the agent is another for each task. Only SRV records tell it, which no HTTP client asks
      // for, and what an A record names there cannot be reached from another agent.
      if (name === undefined) {
        throw new SyntaxError(
          'Cannot find apps by Mesos-DNS in a bridge: its addresses have no ports, and those of agents are given at random; ' +
            'it takes --network NAME, a network in which each task has an address of its own, or --discovery marathon-lb',
        );
      }
      const { domain = 'marathon.mesos' } = options;
      return {
        ...common,
        // `/coinroom/rng` is the task rng.coinroom (PathId.toHostname), and Mesos-DNS puts hyphens for its dots.
        endpointOf: ({ id, at }, { port }) =>
          `${labelled(id.split('/').slice(1).reverse().join('-'), at)}.${domain}:${port}`,
        explanation:
          `apps call each other at the addresses of their tasks, in the network ${name}, as Mesos-DNS tells them ` +
          `below ${domain}: it has to put the addresses of containers first (IPSources netinfo), and knows nothing of health`,
      };
    }
    case 'vip': {
      const { domain = 'marathon.l4lb.thisdcos.directory' } = options;
      const nameOf = ({ id, at }: Located): string => labelled(id.split('/').at(-1)!, at);
      return {
        ...common,
        endpointOf: (app, { port }) => `${nameOf(app)}.${domain}:${port}`,
        labelsOf: (app, { port, protocol }) => protocol === 'tcp' ? { VIP_0: `/${nameOf(app)}:${port}` } : {},
        explanation:
          `apps call each other at virtual addresses below ${domain}, which DC/OS alone has; their names are those ` +
          'of the whole cluster: a second group with the same apps would share them',
      };
    }
  }
}

function parseNetworkName(name: string): string {
  // stringTypes.raml, NetworkName.
  if (/^[a-z0-9]([-a-z0-9_]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new SyntaxError(
    `Cannot use this network: its name is of lower-case letters, digits, - and _; got ${JSON.stringify(name)}`,
  );
}
