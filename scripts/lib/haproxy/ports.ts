/** Which ports of a service others talk to, and in which protocol. */
import { type Entries, entriesOf, type ServiceConfig } from '../compose-project.ts';

/** `http` is balanced request by request, `tcp` connection by connection. */
export type Mode = 'http' | 'tcp';

export interface LinkedPort {
  readonly port: number;
  readonly mode: Mode;
}

/** The default ports of the URLs that people write (IANA's, where it has one). */
const SCHEMES: Readonly<Record<string, LinkedPort>> = {
  http: { port: 80, mode: 'http' },
  https: { port: 443, mode: 'tcp' },
  ws: { port: 80, mode: 'http' },
  wss: { port: 443, mode: 'tcp' },
  redis: { port: 6379, mode: 'tcp' },
  rediss: { port: 6379, mode: 'tcp' },
  postgres: { port: 5432, mode: 'tcp' },
  postgresql: { port: 5432, mode: 'tcp' },
  mysql: { port: 3306, mode: 'tcp' },
  mongodb: { port: 27017, mode: 'tcp' },
  amqp: { port: 5672, mode: 'tcp' },
  nats: { port: 4222, mode: 'tcp' },
  mqtt: { port: 1883, mode: 'tcp' },
};

/** IANA's http and http-alt. Elsewhere http has to be said: other protocols break on a balancer of requests. */
const HTTP_PORTS = [80, 8080];

export interface NamedUrl {
  readonly host: string;
  /** Undefined: the URL names none, and its scheme has none that is known here. */
  readonly port: LinkedPort | undefined;
}

/** The hosts that a service's environment names in URLs, wherever in a value they stand. */
export function urlsIn(environment: Entries | undefined): NamedUrl[] {
  const urls = /\b([a-z][a-z0-9+.-]*):\/\/(?:[^/\s,]*@)?([a-z0-9][\w.-]*)(?::(\d{1,5}))?/gi;
  return [...entriesOf(environment).values()].flatMap((value) =>
    [...value.matchAll(urls)].map(([, scheme, host, port]) => {
      const known = portOfScheme(scheme!);
      if (port === undefined) return { host: host!, port: known };
      return { host: host!, port: { port: Number(port), mode: known?.mode ?? guessMode(Number(port)) } };
    })
  );
}

/**
 * The TCP ports that a service says it has: `expose`, the containers' side of `ports`, what its image exposes, and the
 * variable PORT, by which many programs are told.
 */
export function ownPorts(
  { expose = [], ports = [], environment }: ServiceConfig,
  exposedByImage: readonly string[],
): number[] {
  const said = [
    ...expose.map(String),
    ...exposedByImage,
    ...ports.map((port) =>
      typeof port === 'object' ? `${port.target}/${port.protocol ?? 'tcp'}` : `${port}`.split(':').at(-1)!
    ),
    entriesOf(environment).get('PORT') ?? '',
  ];
  return [...new Set(said.flatMap(portsOfRange))];
}

/** `80`, `80/tcp` or `7000-7002`. */
function portsOfRange(text: string): number[] {
  const [, first, last = first, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text) ?? [];
  if (first === undefined || protocol !== 'tcp') return [];
  return Array.from({ length: Number(last) - Number(first) + 1 }, (_, at) => Number(first) + at);
}

/** Of `http`, `redis` and so on; undefined where none is known. */
export function portOfScheme(scheme: string): LinkedPort | undefined {
  return SCHEMES[scheme.toLowerCase().split('+')[0]!];
}

export function guessMode(port: number): Mode {
  return HTTP_PORTS.includes(port) ? 'http' : 'tcp';
}

/** `80/http, 6379/tcp`. @throws SyntaxError for anything else */
export function parsePorts(text: string): LinkedPort[] {
  return text.split(/[\s,]+/).filter((word) => word !== '').map((word) => {
    const [, port, mode] = /^(\d{1,5})\/(http|tcp)$/.exec(word) ?? [];
    if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
      throw new SyntaxError(`a port is NUMBER/http or NUMBER/tcp; got ${JSON.stringify(word)}`);
    }
    return { port: Number(port), mode: mode as Mode };
  });
}
