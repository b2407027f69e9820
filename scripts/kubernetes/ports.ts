/** Where a pod listens, and at which ports others find it. */
import type { Protocol, Service } from '../lib/compose-model/model.ts';
import { accessTo, LABELS } from '../lib/haproxy/access.ts';
import { guessMode, type Mode, type NamedUrl, parsePorts } from '../lib/haproxy/ports.ts';
import { knownImage, rolePort, rolePorts } from './known.ts';
import type { Part } from './objects.ts';

export interface Listening {
  /** Of the container. */
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly mode: Mode;
}

export interface Served {
  /** That others call. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly mode: Mode;
  /** The name of the pod's own. */
  readonly target: string;
}

export interface Ports {
  readonly listening: readonly Listening[];
  readonly served: readonly Served[];
  /** Asked whether it should get requests; undefined: nothing was said of that. */
  readonly checkPath: string | undefined;
}

interface Wanted {
  readonly port: number;
  readonly protocol: Protocol;
  readonly mode: Mode;
}

export interface PortsOptions {
  /** By which others call it. */
  readonly urls: readonly NamedUrl[];
  /** Whether others name it at all. */
  readonly isNamed: boolean;
}

/** @throws SyntaxError naming service and label that cannot be read */
export function portsOf({ service, role }: Part, { urls, isNamed }: PortsOptions): Ports {
  const { checkPath } = accessTo(service.name, { labels: Object.fromEntries(service.labels) });
  const wanted = wantedPorts(service, urls);
  if (role === undefined) {
    const known = wanted.length > 0 ? undefined : knownImage(service.image ?? '')?.port;
    const all = known === undefined ? wanted : [{ port: known, protocol: 'tcp', mode: guessMode(known) } as const];
    const listening = all.map((one) => ({ ...one, name: `${one.protocol}-${one.port}` }));
    return { listening, served: listening.map(({ name, ...one }) => ({ ...one, target: name })), checkPath };
  }
  const nameOf = (port: number): string => port === rolePorts(role)[0] ? 'http' : `http-${port}`;
  const called = wanted.filter(({ protocol }) => protocol === 'tcp').map(({ port }) => port);
  // Nobody calls a worker.
  const ports = called.length === 0 && isNamed ? rolePorts(role) : called;
  return {
    listening: rolePorts(role).map((port) => ({ name: nameOf(port), port, protocol: 'tcp', mode: 'http' })),
    served: ports.map((port) => ({
      ...{ port, protocol: 'tcp', mode: 'http' },
      target: nameOf(rolePort(service, role, port)),
    })),
    checkPath,
  };
}

/** By what the file says of the service, and by the names under which others call it; each port once. */
function wantedPorts({ labels, ports, exposed, environment }: Service, urls: readonly NamedUrl[]): Wanted[] {
  const tcp = (port: number): Wanted => ({ port, protocol: 'tcp', mode: guessMode(port) });
  const own = environment.get('PORT') ?? '';
  const all: readonly Wanted[] = [
    ...parsePorts(labels.get(LABELS.ports) ?? '').map((one) => ({ ...one, protocol: 'tcp' as const })),
    ...urls.flatMap(({ port }) => port === undefined ? [] : [{ ...port, protocol: 'tcp' as const }]),
    ...ports.map(({ target, protocol }) => ({ ...tcp(target), protocol })),
    ...exposed.map(({ port, protocol }) => ({ ...tcp(port), protocol })),
    ...(/^\d+$/.test(own) ? [tcp(Number(own))] : []),
  ].filter(({ port }) => port >= 1 && port <= 65_535);
  const first = new Map(all.toReversed().map((one) => [`${one.port}/${one.protocol}`, one]));
  return [...first.values()].sort((a, b) => a.port - b.port || a.protocol.localeCompare(b.protocol));
}

/** The one to ask over HTTP. */
export function askedPort({ listening }: Ports): Listening | undefined {
  const tcp = listening.filter(({ protocol }) => protocol === 'tcp');
  return tcp.find(({ mode }) => mode === 'http') ?? tcp[0];
}
