/** How a HAProxy of ours balances one port, wherever it stands; the same text for every version from 2.6 on. */
import type { Access } from './access.ts';
import type { Mode } from './ports.ts';

/** Has socat, as all official images since October 2025; a branch that is kept until 2030. */
const HAPROXY_IMAGE = 'haproxy:3.2.21';

/** The one that was named, or that the variable HAPROXY_IMAGE names, or ours. */
export function haproxyImage(named: string | undefined): string {
  return named ?? (process.env.HAPROXY_IMAGE || HAPROXY_IMAGE);
}

/** How often an instance is looked at: one that begins to drain has to be found out before it has ended. */
export const CHECK = 'check inter 500ms fastinter 100ms downinter 250ms fall 2 rise 1';

export const DEFAULTS = [
  'defaults',
  '  timeout connect 1s',
  '  retries 3',
  // Whoever refuses a connection is not asked again: the next one is, at once.
  '  option redispatch 1',
];

export interface Listening extends Pick<Access, 'balance' | 'checkPath'> {
  readonly name: string;
  /** `address:port`; without an address, every one. */
  readonly bind: string;
  readonly mode: Mode;
  /** What checks say in their Host header, without which a server of HTTP/1.1 must refuse them (RFC 9112 §3.2). */
  readonly service: string;
  /** Lines. */
  readonly servers: readonly string[];
}

export function renderListening({ name, bind, mode, balance, checkPath, service, servers }: Listening): string[] {
  return [
    `listen ${name}`,
    `  bind ${bind}`,
    `  mode ${mode}`,
    `  balance ${balance}`,
    `  default-server ${CHECK}${mode === 'tcp' ? ' on-marked-down shutdown-sessions' : ''}`,
    ...(mode === 'http' ? HTTP : TCP),
    ...(mode === 'http' && checkPath !== undefined
      ? [
        '  option httpchk',
        `  http-check send meth GET uri ${checkPath} ver HTTP/1.1 hdr Host ${service} hdr Connection close`,
        '  http-check expect status 200',
      ]
      : []),
    ...servers.map((server) => `  ${server}`),
  ];
}

const HTTP = [
  // Longer than the longest wait in rng's queue.
  '  timeout client 3m',
  '  timeout server 3m',
  '  timeout tunnel 1h',
  // A client that keeps its connection is told that it ends, and not cut off, when a reload has replaced the process.
  '  option idle-close-on-response',
  // An instance that died with a request in its hands: another one is asked, if asking twice can do no harm.
  '  retry-on conn-failure empty-response',
  '  http-request disable-l7-retry unless METH_GET',
];

const TCP = [
  // A connection of a database is silent for as long as its client is; the system finds out who has gone.
  '  timeout client 24h',
  '  timeout server 24h',
  '  option clitcpka',
  '  option srvtcpka',
];
