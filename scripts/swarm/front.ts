/**
 * What stands in front of a stack where the kernel does not balance: a HAProxy on every node, at the ports that services
 * publish. It asks the DNS of the stack's network for their tasks, and follows them; so every node answers for every
 * service, as it does where the kernel balances.
 */
import { type Access, accessTo } from '../lib/haproxy/access.ts';
import { DEFAULTS, renderListening } from '../lib/haproxy/listening.ts';
import { guessMode, type Mode } from '../lib/haproxy/ports.ts';
import type { ServiceConfig } from '../lib/compose-project.ts';

/** Its name in the stack. */
export const FRONT = 'balancer';

export interface PublishedService extends Pick<Access, 'balance' | 'checkPath'> {
  readonly service: string;
  /** As labels say it, or as the number of the port lets one think. */
  readonly mode: Mode;
  /** The tasks'. */
  readonly target: number;
  /** The nodes'. */
  readonly published: number;
}

/** @throws SyntaxError for labels that cannot be read */
export function publishedService(
  service: string,
  config: ServiceConfig,
  { target, published }: Pick<PublishedService, 'target' | 'published'>,
): PublishedService {
  const { ports, balance, checkPath } = accessTo(service, config);
  const mode = ports.find(({ port }) => port === target)?.mode ?? guessMode(target);
  return { service, target, published, mode, balance, checkPath };
}

/** So many tasks of a service get requests; those above wait until one of these goes. */
const SLOTS = 50;

export function renderFront(services: readonly PublishedService[]): string {
  return [
    'global',
    '  maxconn 4000',
    '  hard-stop-after 8s',
    // Docker's own: it knows who has begun or ended as soon as this node does.
    'resolvers docker',
    '  nameserver docker 127.0.0.11:53',
    '  accepted_payload_size 8192',
    '  resolve_retries 2',
    '  timeout resolve 500ms',
    '  timeout retry 500ms',
    '  hold valid 500ms',
    ...DEFAULTS,
    ...services.flatMap((one) => {
      const { service, target, published } = one;
      return renderListening({
        ...one,
        ...{ name: `${service}-${published}`, bind: `:${published}` },
        servers: [`server-template ${service} ${SLOTS} ${service}:${target} resolvers docker init-addr none`],
      });
    }),
  ].join('\n');
}

/** As a service of the stack. Its configuration comes with it: another one is another version, and an update. */
export function frontService(services: readonly PublishedService[], image: string): Readonly<Record<string, unknown>> {
  return {
    image,
    // Managers fill in what has one $ themselves.
    command: [
      'sh',
      '-c',
      `printf '%s\\n' "$$CONFIGURATION" >/tmp/haproxy.cfg && exec haproxy -W -db -f /tmp/haproxy.cfg`,
    ],
    environment: { CONFIGURATION: renderFront(services).replaceAll('$', '$$$$') },
    ports: services.map(({ published }) => ({ target: published, published, protocol: 'tcp', mode: 'host' })),
    read_only: true,
    cap_drop: ['ALL'],
    volumes: [{ type: 'tmpfs', target: '/tmp' }],
    stop_signal: 'SIGUSR1',
    deploy: {
      ...{ mode: 'global', endpoint_mode: 'dnsrr', restart_policy: { condition: 'any' } },
      // Two cannot have the same port of a node.
      update_config: { parallelism: 1, order: 'stop-first', failure_action: 'rollback', monitor: '5s' },
      rollback_config: { parallelism: 1, order: 'stop-first' },
      resources: { limits: { memory: '256m' } },
    },
  };
}
