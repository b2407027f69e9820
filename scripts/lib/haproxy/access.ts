/** How a service is reached by others: what its labels say of that, and what can be told without them. */
import { entriesOf, type ServiceConfig } from '../compose-project.ts';
import { guessMode, type LinkedPort, type NamedUrl, ownPorts, parsePorts } from './ports.ts';

/** Labels of a service that say how others reach it; `ambassador=off` also takes a consumer's own links away. */
export const LABELS = {
  switch: 'ambassador',
  ports: 'ambassador.ports',
  balance: 'ambassador.balance',
  check: 'ambassador.check',
} as const;

export const BALANCES = ['roundrobin', 'leastconn'] as const;
export type Balance = (typeof BALANCES)[number];

/** How a service wants to be reached. */
export interface Access {
  readonly ports: readonly LinkedPort[];
  readonly balance: Balance;
  /** What answers 200 while an instance should get requests; undefined: it is well while it accepts connections. */
  readonly checkPath: string | undefined;
}

export interface AccessOptions {
  /** In which others name it. */
  readonly urls?: readonly NamedUrl[];
  /** `80/tcp` and so on, where that is known. */
  readonly exposedByImage?: readonly string[];
}

/** @throws SyntaxError naming service and label that cannot be read */
export function accessTo(service: string, config: ServiceConfig, options: AccessOptions = {}): Access {
  try {
    return readAccess(config, options);
  } catch (error) {
    throw new SyntaxError(`Cannot read the labels of ${service}: ${(error as Error).message}`, { cause: error });
  }
}

function readAccess(target: ServiceConfig, { urls = [], exposedByImage = [] }: AccessOptions): Access {
  const labels = entriesOf(target.labels);
  const named = urls.flatMap(({ port }) => port ?? []);
  const said = labels.get(LABELS.ports);
  const ports = said !== undefined
    ? parsePorts(said)
    : named.length > 0
    ? named
    : ownPorts(target, exposedByImage).map((port) => ({ port, mode: guessMode(port) }));
  const balance = labels.get(LABELS.balance) ?? 'roundrobin';
  if (!BALANCES.includes(balance as Balance)) {
    throw new SyntaxError(`${LABELS.balance} is one of ${BALANCES.join(', ')}; got ${JSON.stringify(balance)}`);
  }
  const checkPath = labels.get(LABELS.check);
  if (checkPath !== undefined && !/^\/[\w/.?=&%~-]*$/.test(checkPath)) {
    throw new SyntaxError(`${LABELS.check} is a path, such as /readyz; got ${JSON.stringify(checkPath)}`);
  }
  const byPort = new Map(ports.toReversed().map((port) => [port.port, port]));
  return { ports: [...byPort.values()].sort((a, b) => a.port - b.port), balance: balance as Balance, checkPath };
}
