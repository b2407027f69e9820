/** Ports and what is only for others in the network, from the short form, the long one, and ranges. */
import { isIP } from 'node:net';
import { fieldOf, itemsOf, maybe, textOf, wordOf } from './fields.ts';
import type { ExposedPort, Port, Protocol } from './model.ts';
import { ComposeFileError, type Mapping, type Tree } from './tree.ts';

const PROTOCOLS = ['tcp', 'udp'] as const;

export function portsOf(service: Mapping): Port[] {
  const tree = fieldOf(service, 'ports');
  if (tree === undefined) return [];
  const ports = itemsOf(tree, 'ports').flatMap((item) => item.kind === 'mapping' ? fromMapping(item) : fromText(item));
  const keyOf = ({ target, published, hostIp, protocol }: Port): string =>
    `${target} ${published} ${hostIp} ${protocol}`;
  // The same port may come from two files, and is one.
  return [...new Map(ports.map((port) => [keyOf(port), port])).values()];
}

export function exposedOf(service: Mapping): ExposedPort[] {
  const tree = fieldOf(service, 'expose');
  if (tree === undefined) return [];
  return itemsOf(tree, 'expose').flatMap((item) => {
    const [ports, protocol] = textOf(item, 'each of expose').split('/');
    return numbersOf(ports!, item).map((port) => ({ port, protocol: protocolOf(protocol, item) }));
  });
}

const SHORT = /^(?:(\[[\da-f:.]+\]|[\d.]+):)?(?:([\d-]*):)?([\d-]+)(?:\/(\w+))?$/i;

/** `80`, `8000:80`, `127.0.0.1:8000:80`, `[::1]:8000:80`, ranges, and each with a protocol. */
function fromText(item: Tree): Port[] {
  const text = textOf(item, 'each of ports');
  const [, address, first, target, protocol] = SHORT.exec(text) ?? [];
  // With one colon only, what stands before it is a port.
  const [given, published] = first === undefined && address !== undefined && !address.startsWith('[')
    ? [undefined, address]
    : [address?.replace(/^\[(.*)\]$/, '$1'), first];
  if (target === undefined || (given !== undefined && isIP(given) === 0)) throw wrong(item, text);
  return portsFrom(item, { target, published: published || undefined, hostIp: given, protocol, name: undefined });
}

function fromMapping(item: Mapping): Port[] {
  const target = maybe(item, 'target', textOf);
  if (target === undefined) throw new ComposeFileError(item.at, 'a port has a target');
  return portsFrom(item, {
    ...{ target, published: maybe(item, 'published', textOf), hostIp: maybe(item, 'host_ip', textOf) },
    ...{ protocol: maybe(item, 'protocol', textOf), name: maybe(item, 'name', textOf) },
  });
}

interface Written {
  readonly target: string;
  readonly published: string | undefined;
  readonly hostIp: string | undefined;
  readonly protocol: string | undefined;
  readonly name: string | undefined;
}

function portsFrom(item: Tree, { target, published, hostIp, protocol, name }: Written): Port[] {
  const targets = numbersOf(target, item);
  const hosts = published === undefined ? [] : numbersOf(published, item);
  const common = { hostIp, protocol: protocolOf(protocol, item), name, at: item.at };
  if (targets.length === 1 && hosts.length > 1) {
    return [{ ...common, target: targets[0]!, published: hosts[0], isOfRange: true }];
  }
  if (hosts.length > 0 && hosts.length !== targets.length) {
    throw new ComposeFileError(item.at, `the ranges ${published} and ${target} are not of the same length`);
  }
  return targets.map((port, at) => ({ ...common, target: port, published: hosts[at], isOfRange: false }));
}

function protocolOf(text: string | undefined, { at }: Tree): Protocol {
  return text === undefined ? 'tcp' : wordOf({ kind: 'scalar', at, value: text }, 'the protocol of a port', PROTOCOLS);
}

/** `80` or `8000-8010`. */
function numbersOf(text: string, item: Tree): number[] {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 1 && to >= from && to <= 65_535)) throw wrong(item, text);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function wrong({ at }: Tree, text: string): ComposeFileError {
  return new ComposeFileError(
    at,
    `a port is such as 80, 8000:80 or 127.0.0.1:8000-8009:80/tcp; got ${JSON.stringify(text)}`,
  );
}
