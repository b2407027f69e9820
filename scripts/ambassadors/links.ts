/**
 * Who calls whom in a Compose project, and what an ambassador needs to know of it. A link is an entry of `links`; a
 * service without these has one for each of its `depends_on` that its environment names in a URL.
 */
import { entriesOf, type ServiceConfig } from '../lib/compose-project.ts';
import { type Access, accessTo, LABELS } from '../lib/haproxy/access.ts';
import { ownPorts, urlsIn } from '../lib/haproxy/ports.ts';

export interface Link extends Access {
  readonly consumer: string;
  readonly service: string;
  /** What the consumer calls it. */
  readonly names: readonly string[];
  /** Where its ambassador listens, in the consumer's network: one of 127.127.0.0/16, the same for all consumers. */
  readonly address: string;
}

export interface Links {
  readonly links: readonly Link[];
  /** Why a link cannot have an ambassador, and the way out. */
  readonly refusals: readonly string[];
}

/**
 * @param exposed what the image of each service exposes (`80/tcp`), where that is known
 * @throws SyntaxError naming service and label that cannot be read
 */
export function findLinks(
  services: ReadonlyMap<string, ServiceConfig>,
  exposed: ReadonlyMap<string, readonly string[]> = new Map(),
): Links {
  const links: Link[] = [];
  const refusals: string[] = [];
  const addresses = new Map<string, string>();
  for (const [consumer, config] of services) {
    if (isOff(config)) continue;
    for (const [service, names] of namesOfLinked(config, services)) {
      const target = services.get(service);
      if (!target || isOff(target) || service === consumer) continue;
      const urls = urlsIn(config.environment).filter(({ host }) => names.has(host));
      const access = accessTo(service, target, { urls, exposedByImage: exposed.get(service) ?? [] });
      const why = whyNot({ consumer, config, service, target, access, exposed: exposed.get(consumer) ?? [] });
      if (why !== undefined) refusals.push(why);
      if (!addresses.has(service)) addresses.set(service, nthAddress(addresses.size));
      links.push({ consumer, service, names: [...names], address: addresses.get(service)!, ...access });
    }
  }
  return { links, refusals };
}

function isOff({ labels }: ServiceConfig): boolean {
  return ['off', 'false', '0', 'no'].includes(entriesOf(labels).get(LABELS.switch) ?? 'on');
}

/** The services that a consumer calls, each with all names that it has for it. */
function namesOfLinked(
  { links = [], depends_on = [], environment }: ServiceConfig,
  services: ReadonlyMap<string, ServiceConfig>,
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  // By its own name too: otherwise whoever uses that one would go past the ambassador.
  const add = (service: string, name: string): unknown =>
    found.set(service, (found.get(service) ?? new Set([service])).add(name));
  for (const link of links) {
    const [service, alias = service] = link.split(':');
    add(service!, alias!);
  }
  if (links.length > 0) return found;
  const hosts = new Set(urlsIn(environment).map(({ host }) => host));
  for (const service of Array.isArray(depends_on) ? depends_on as string[] : Object.keys(depends_on)) {
    for (const name of namesOf(service, services.get(service))) if (hosts.has(name)) add(service, name);
  }
  return found;
}

/** What Docker's DNS knows a service by. */
function namesOf(service: string, { container_name, networks = [] }: ServiceConfig = {}): string[] {
  const aliases = Array.isArray(networks)
    ? []
    : Object.values(networks as Exclude<typeof networks, readonly string[]>).flatMap((one) => one?.aliases ?? []);
  return [service, ...aliases, ...(container_name === undefined ? [] : [container_name])];
}

interface Candidate {
  readonly consumer: string;
  readonly config: ServiceConfig;
  readonly service: string;
  readonly target: ServiceConfig;
  readonly access: Access;
  /** By the consumer's image. */
  readonly exposed: readonly string[];
}

function whyNot({ consumer, config, service, target, access, exposed }: Candidate): string | undefined {
  const link = `${consumer} -> ${service}`;
  const without = `label ${consumer} with ${LABELS.switch}: 'off' to leave its links as they are`;
  if (/^(host|none|service:|container:)/.test(config.network_mode ?? '')) {
    return `${link}: ${consumer} has no network of its own (network_mode: ${config.network_mode}); ${without}`;
  }
  if (/^(host|none|service:|container:)/.test(target.network_mode ?? '')) {
    return `${link}: ${service} has no network of its own (network_mode: ${target.network_mode}); ${without}`;
  }
  if (access.ports.length === 0) {
    return `${link}: nothing says which port ${service} has; label ${service} with ${LABELS.ports}, such as '80/http'`;
  }
  const own = ownPorts(config, exposed);
  const taken = access.ports.find((one) => own.includes(one.port))?.port;
  if (taken === undefined) return undefined;
  return `${link}: ${consumer} itself listens on ${taken}, where it is to reach ${service}; ` +
    `let it listen on another port, or ${without}`;
}

/** From 127.127.0.2 on; each is the machine itself (RFC 1122 §3.2.1.3), and nobody else uses these. */
function nthAddress(index: number): string {
  const number = index + 2;
  return `127.127.${number >> 8}.${number & 255}`;
}
