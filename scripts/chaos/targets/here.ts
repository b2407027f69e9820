/** What a controller needs of the network that it is in itself: whoever breaks that does not get to mend it. */
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { canonicalAddress } from '../../lib/hosts.ts';
import { run } from '../../lib/process.ts';

/** Addresses in their canonical form. */
export interface Here {
  readonly addresses: ReadonlySet<string>;
  readonly gateways: ReadonlySet<string>;
  readonly nameServers: ReadonlySet<string>;
  /** Another one for each start of each machine; empty where the system has none. */
  readonly machine: string;
}

/** The latter has the real servers where the former has only the machine's own (systemd-resolved(8)). */
const RESOLV_CONFS = ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf'];

/** What the system says of itself; what it does not say is empty. */
export async function lookHere(): Promise<Here> {
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
  const routes = [...parseRoutes(textOf('/proc/net/route')), ...parseRoutes6(textOf('/proc/net/ipv6_route'))];
  const others = process.platform === 'linux' ? '' : (await run(['netstat', '-rn'])).stdout;
  const ids = [textOf('/etc/machine-id'), textOf('/proc/sys/kernel/random/boot_id')].map((id) => id.trim());
  return {
    addresses: canonical(own),
    gateways: canonical([...routes, ...parseNetstat(others)]),
    nameServers: canonical(RESOLV_CONFS.flatMap((file) => parseNameServers(textOf(file)))),
    machine: ids.includes('') ? '' : ids.join(' '),
  };
}

/** The addresses that a name has now; an address has itself. Empty for a name that nobody knows. */
export async function addressesOf(name: string): Promise<string[]> {
  if (isIP(name) !== 0) return [name];
  return await lookup(name, { all: true }).then((all) => all.map(({ address }) => address), () => []);
}

function canonical(addresses: readonly string[]): Set<string> {
  return new Set(addresses.map(canonicalAddress));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Another system.
    return '';
  }
}

/** Gateways of the default routes in /proc/net/route, whose bytes are in the order of the machine (proc(5)). */
export function parseRoutes(text: string): string[] {
  return text.split('\n').slice(1).flatMap((line) => {
    const [, destination, gateway = '', , , , , mask] = line.split('\t').map((field) => field.trim());
    if (destination !== '00000000' || mask !== '00000000' || gateway === '00000000') return [];
    return [[...Buffer.from(gateway, 'hex').reverse()].join('.')];
  });
}

/** The same in /proc/net/ipv6_route. */
export function parseRoutes6(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const [destination, length, , , gateway = ''] = line.split(/\s+/);
    if (!/^0{32}$/.test(destination!) || length !== '00' || /^0{32}$/.test(gateway)) return [];
    return [gateway.match(/.{4}/g)!.join(':')];
  });
}

/** The same in what `netstat -rn` says on BSD and macOS. */
export function parseNetstat(text: string): string[] {
  const gateways = [...text.matchAll(/^default\s+(\S+)/gm)].map(([, gateway]) => gateway!.replace(/%.*/, ''));
  return gateways.filter((gateway) => isIP(gateway) !== 0);
}

export function parseNameServers(resolvConf: string): string[] {
  const servers = [...resolvConf.matchAll(/^\s*nameserver\s+(\S+)/gm)].map(([, address]) => address!);
  return servers.filter((address) => isIP(address) !== 0);
}
