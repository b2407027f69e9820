/** The published ports of a service, as a stack has them. */
import { type Fields, fieldsOf, type Lose, type StackOptions } from './stack-file.ts';

export interface Port {
  readonly target: number;
  readonly published: number;
  readonly protocol: string;
  readonly mode: 'host' | 'ingress';
}

/** All of them, and those of them that the service's own tasks have: the others are those of what stands in front. */
export function portsOf(
  { ports: given = [] }: Fields,
  endpoint: StackOptions['endpoint'],
  lose: Lose,
): { readonly ports: readonly Port[]; readonly own: readonly Port[] } {
  const ports = (given as readonly unknown[]).flatMap((port): Port[] => {
    const [, published, target, protocol = 'tcp'] = typeof port === 'string'
      ? /^(?:[\d.]+:)?([\d-]+):(\d+)(?:\/(\w+))?$/.exec(port) ?? []
      : [
        undefined,
        String(fieldsOf(port).published ?? ''),
        String(fieldsOf(port).target),
        String(fieldsOf(port).protocol ?? 'tcp'),
      ];
    if (published === undefined || target === undefined || !/^\d+$/.test(published)) {
      lose(
        'ports',
        `${JSON.stringify(port)} is no single port: the service can be reached in the stack's network alone`,
      );
      return [];
    }
    // What answers for a service on every node is the kernel's balancer, too.
    return [{
      target: Number(target),
      published: Number(published),
      protocol,
      mode: endpoint === 'vip' ? 'ingress' : 'host',
    }];
  });
  return { ports, own: ports.filter(({ protocol }) => endpoint === 'vip' || protocol !== 'tcp') };
}
