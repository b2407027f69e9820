/** What a balancer was asked to be, written into its labels: whoever follows the containers needs to know no more. */
import type { Container } from '../lib/containers.ts';
import { type Access, type Balance, BALANCES } from '../lib/haproxy/access.ts';
import { parsePorts } from '../lib/haproxy/ports.ts';

export interface Balanced extends Access {
  readonly service: string;
}

const NAMES = {
  service: 'coinroom.balances',
  ports: 'coinroom.ports',
  balance: 'coinroom.balance',
  check: 'coinroom.check',
} as const;

/** As arguments of `docker create`. */
export function balancerLabels({ service, ports, balance, checkPath = '' }: Balanced): string[] {
  const labels = [
    `${NAMES.service}=${service}`,
    `${NAMES.ports}=${ports.map(({ port, mode }) => `${port}/${mode}`).join(' ')}`,
    `${NAMES.balance}=${balance}`,
    `${NAMES.check}=${checkPath}`,
  ];
  return labels.flatMap((label) => ['--label', label]);
}

/** @throws SyntaxError for labels that balancerLabels() has not written */
export function readBalancer({ name, labels }: Pick<Container, 'name' | 'labels'>): Balanced {
  const { [NAMES.service]: service, [NAMES.ports]: ports, [NAMES.balance]: balance, [NAMES.check]: check } = labels;
  if (service === undefined || ports === undefined || !BALANCES.includes(balance as Balance)) {
    throw new SyntaxError(`The container ${name} is labelled as a balancer, and does not say of what: remove it`);
  }
  return { service, ports: parsePorts(ports), balance: balance as Balance, checkPath: check || undefined };
}
