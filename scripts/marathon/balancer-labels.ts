/** What marathon-lb reads of an app: whether it takes it, and how each of its ports is balanced. */
import type { Service } from '../lib/compose-model/model.ts';
import { LABELS } from '../lib/haproxy/access.ts';
import { CHECK } from '../lib/haproxy/listening.ts';
import { READY } from '../lib/roles.ts';
import type { AppPort } from './ports.ts';
import { roleOf } from './roles.ts';

export interface BalancerOptions {
  readonly ports: readonly AppPort[];
  /** Of the apps that a marathon-lb takes. */
  readonly group: string;
  /** By which the balancer knows it at its port 80 as well. */
  readonly virtualHost: string | undefined;
}

/** Of no balancer: for a port that is not to be seen beside others that are. */
const NOBODYS = 'none';

/** marathon-lb puts there what the app's own check asks for; without one of HTTP, it takes no notice of all this. */
const PATH_OF_APP = '{healthCheckPath}';

/**
 * The mode is always said: without it, everything would be balanced connection by connection, and what comes over one
 * connection would stay with one instance. The balancer looks at instances as often as the HAProxies of this kit do, so
 * that one that begins to drain is found out before it has ended.
 *
 * @throws SyntaxError for a virtual host of what has no port for it
 */
export function balancerLabels(
  service: Service,
  { ports, group, virtualHost }: BalancerOptions,
): Readonly<Record<string, string>> {
  const virtual = ports.findIndex(({ mode, servicePort }) => mode === 'http' && servicePort !== 0);
  if (virtualHost !== undefined && virtual === -1) {
    throw new SyntaxError(`Cannot call ${service.name} ${virtualHost}: it has no port of HTTP at marathon-lb`);
  }
  if (ports.every(({ servicePort }) => servicePort === 0)) return {};
  const { labels } = service;
  const checkPath = labels.get(LABELS.check) ?? (roleOf(service) ? READY : undefined);
  const balance = labels.get(LABELS.balance);
  const result: Record<string, string> = { HAPROXY_GROUP: group };
  for (const [index, { mode, servicePort }] of ports.entries()) {
    const key = `HAPROXY_${index}`;
    if (servicePort === 0) {
      result[`${key}_GROUP`] = NOBODYS;
      continue;
    }
    result[`${key}_MODE`] = mode;
    if (balance !== undefined) result[`${key}_BALANCE`] = balance;
    if (mode === 'http') {
      result[`${key}_BACKEND_HTTP_HEALTHCHECK_OPTIONS`] = checkLines(checkPath ?? PATH_OF_APP, service.name);
      result[`${key}_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS`] = `  ${CHECK}\n`;
    }
    if (virtualHost !== undefined && index === virtual) result[`${key}_VHOST`] = virtualHost;
  }
  return result;
}

/**
 * With a Host header, without which a server of HTTP/1.1 must refuse a check (RFC 9112 §3.2), and ours refuse one of HTTP/1.0 as
 * well. It stands behind the version, at which HAProxy warns from 2.2 on: `http-check send` would make the whole file of a
 * marathon-lb void whose HAProxy is older, and they began with 1.x.
 */
function checkLines(path: string, host: string): string {
  return `  option httpchk GET ${path} HTTP/1.1\\r\\nHost:\\ ${host}\\r\\nConnection:\\ close\n  timeout check 2s\n`;
}
