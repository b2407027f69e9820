/** A Docker engine, as the docker client reaches it. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { UsageError } from './command-line.ts';

export interface Engine {
  /** For people. */
  readonly name: string;
  /** What the docker client and Compose need in their environment to speak with it. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the ports that it publishes are reached from other machines; undefined where nobody has said it. */
  readonly address: string | undefined;
}

/** The engine that the docker client takes by itself. */
export function defaultEngine({ DOCKER_HOST } = process.env): Engine {
  return { name: 'this engine', env: {}, address: DOCKER_HOST === undefined ? undefined : hostOf(DOCKER_HOST) };
}

/**
 * `tcp://10.0.0.1:2376`, `ssh://ubuntu@node1`, or, where the address cannot be told from that,
 * `10.0.0.1=unix:///run/docker.sock`.
 *
 * @throws UsageError that says what an engine is
 */
export function parseEngine(text: string): Engine {
  const [, given, host] = /^(?:([^=/]+)=)?((?:tcp|ssh|unix|npipe):\/\/\S+)$/.exec(text) ?? [];
  const address = given ?? (host === undefined ? undefined : hostOf(host));
  if (host === undefined || address === undefined) {
    const rule = 'tcp://HOST:PORT, ssh://USER@HOST, or ADDRESS=unix:///PATH with the address of its machine';
    throw new UsageError(`An engine is ${rule}; got ${JSON.stringify(text)}`);
  }
  return { name: address, env: { DOCKER_HOST: host }, address };
}

/** The machine in what DOCKER_HOST says; undefined for a socket. */
function hostOf(dockerHost: string): string | undefined {
  if (!/^(tcp|ssh):\/\//.test(dockerHost) || !URL.canParse(dockerHost)) return undefined;
  return new URL(dockerHost).hostname.replace(/^\[(.*)\]$/, '$1') || undefined;
}

/**
 * The same engine, its address as a number: containers do not know the names that this machine has for others. Without
 * an address, where its name leads nowhere but here.
 *
 * @throws Error for a name that nobody knows
 */
export async function withNumber(engine: Engine): Promise<Engine> {
  const { address } = engine;
  if (address === undefined || isIP(address) !== 0) return engine;
  const found = await lookup(address, { all: true }).catch((error: Error) => {
    throw new Error(`Cannot find the address of ${address}: ${error.message}`, { cause: error });
  });
  return { ...engine, address: found.map((one) => one.address).find((one) => !/^(127\.|::1$)/.test(one)) };
}

/** An address as it stands in a URL or before a port. */
export function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
