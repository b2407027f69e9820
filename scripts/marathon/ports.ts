/**
 * The ports of each app. No port of a machine is ever fixed: that would mean one instance an agent, and a port inside
 * what agents offer (31000 to 32000). What the file publishes is a port of the balancer instead.
 */
import type { Application, Protocol, Service } from '../lib/compose-model/model.ts';
import { accessTo, LABELS } from '../lib/haproxy/access.ts';
import { guessMode, type LinkedPort, type Mode, ownPorts } from '../lib/haproxy/ports.ts';
import type { Mention } from './mentions.ts';
import { type Report, said, tellers } from './report.ts';
import { isRedis, rolePort } from './roles.ts';

export interface AppPort {
  /** In the container. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly mode: Mode;
  readonly name: string;
  readonly isPublished: boolean;
  /** Of marathon-lb; 0: it has nothing to do with this one. */
  readonly servicePort: number;
}

/** marathon-lb of DC/OS has these, and no others. */
const FIRST_SERVICE_PORT = 10_000;
export const LAST_SERVICE_PORT = 10_100;

const ALL_ADDRESSES = ['0.0.0.0', '::'];

export interface PortOptions {
  /** Who names whom, from all texts of all services. */
  readonly mentions: readonly Mention[];
  /** Whether services call each other by way of the balancer; otherwise it has only what is published. */
  readonly isCalledByBalancer: boolean;
  readonly firstServicePort: number | undefined;
  readonly report: Report;
}

/** @throws SyntaxError for labels that cannot be read; RangeError when the balancer has fewer ports than are needed */
export function portsOf(application: Application, options: PortOptions): ReadonlyMap<string, readonly AppPort[]> {
  const { isCalledByBalancer, firstServicePort = FIRST_SERVICE_PORT } = options;
  let next = firstServicePort;
  return new Map(application.services.map((service) => {
    const { choose } = tellers(options.report, service);
    const ports = wantedBy(service, options).map(({ isCalled, ...port }): AppPort => {
      const isBalanced = port.protocol === 'tcp' && (port.isPublished || (isCalledByBalancer && isCalled));
      if (!isBalanced) return { ...port, servicePort: 0 };
      if (next > LAST_SERVICE_PORT) {
        throw new RangeError(
          `Cannot give ${service.name} a port of the balancer: it has ${firstServicePort} to ${LAST_SERVICE_PORT}, and all ` +
            `are taken${said(service.at)}`,
        );
      }
      const servicePort = next++;
      if (port.isPublished) {
        choose(
          'ports',
          `from outside, ${port.port} is port ${servicePort} of marathon-lb: those of agents are given at random`,
        );
      }
      return { ...port, servicePort };
    });
    return [service.name, ports];
  }));
}

type Wanted = Omit<AppPort, 'servicePort'> & { readonly isCalled: boolean };

/** In the order in which one meets them; those that only a role of ours is known to have are nobody's to call. */
function wantedBy(service: Service, { mentions, report }: PortOptions): Wanted[] {
  const { lose } = tellers(report, service);
  const own = rolePort(service);
  const called = mentions.filter((mention) => mention.service === service.name);
  const published = service.ports.map(({ target, protocol }) => `${target}/${protocol}`);
  const modes = modesOf(service, called);
  const found = new Map<string, { readonly port: number; readonly protocol: Protocol; readonly isCalled: boolean }>();
  const add = (port: number, protocol: Protocol, isCalled = true): void => {
    const key = `${port}/${protocol}`;
    // 0 would mean "as the agent's", and not what it means elsewhere.
    if (port > 0 && port < 65_536 && !found.has(key)) found.set(key, { port, protocol, isCalled });
  };
  for (const { target, protocol } of service.ports) add(target, protocol);
  for (const { port, protocol } of service.exposed) add(port, protocol);
  for (const port of modes.keys()) add(port, 'tcp');
  if (own !== undefined) add(own, 'tcp', false);

  for (const { hostIp } of service.ports) {
    if (hostIp !== undefined && !ALL_ADDRESSES.includes(hostIp)) {
      lose('ports', `marathon-lb listens on all addresses, not on ${hostIp} alone`);
    }
  }
  if ([...found.values()].some(({ protocol, port }) => protocol === 'udp' && published.includes(`${port}/udp`))) {
    lose('ports', 'marathon-lb balances no UDP: it is at a port of the agent that Marathon gives');
  }
  const names = new Set<string>();
  return [...found.values()].map(({ port, protocol, isCalled }) => {
    const mode = protocol === 'udp' || isRedis(service) ? 'tcp' : modes.get(port) ?? (port === own ? 'http' : 'tcp');
    const given = service.ports.find((one) => one.target === port && one.protocol === protocol)?.name;
    const name = nameOf(given, { fallback: `${protocol === 'udp' ? 'udp' : mode}-${port}`, names });
    return { port, protocol, mode, name, isPublished: published.includes(`${port}/${protocol}`), isCalled };
  });
}

/** Of TCP: labels know best, then the scheme by which it is called, then its number. */
function modesOf(service: Service, called: readonly Mention[]): ReadonlyMap<number, Mode> {
  const { environment, labels, ports, exposed } = service;
  const config = {
    labels: Object.fromEntries(labels),
    environment: Object.fromEntries(environment),
    ports: ports.map(({ target, protocol }) => ({ target, protocol })),
    expose: exposed.map(({ port, protocol }) => `${port}/${protocol}`),
  };
  const access = accessTo(service.name, config).ports;
  const declared = ownPorts(config, []).map((port): LinkedPort => ({ port, mode: guessMode(port) }));
  // `statsd:8125` of a service that has this port of UDP alone means that.
  const ofUdp = [...ports.map(({ target, protocol }) => ({ port: target, protocol })), ...exposed]
    .filter(({ protocol }) => protocol === 'udp').map(({ port }) => port);
  const inTexts = (isTcp: boolean): LinkedPort[] =>
    called.filter((one) => one.isTcp === isTcp).flatMap(({ port, mode }) =>
      port === undefined || (!isTcp && ofUdp.includes(port)) ? [] : [{ port, mode }]
    );
  const sources = [...declared, ...inTexts(false), ...inTexts(true), ...(labels.has(LABELS.ports) ? access : [])];
  const own = rolePort(service);
  return new Map([
    ...sources.map(({ port, mode }) => [port, mode] as const),
    ...(own !== undefined && sources.some(({ port }) => port === own) ? [[own, 'http'] as const] : []),
  ]);
}

/** Lower case, and no other port's. */
function nameOf(
  given: string | undefined,
  { fallback, names }: { readonly fallback: string; readonly names: Set<string> },
): string {
  const isGood = given !== undefined && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(given) && !names.has(given);
  let name = isGood ? given : fallback;
  while (names.has(name)) name = `${name}-x`;
  names.add(name);
  return name;
}
