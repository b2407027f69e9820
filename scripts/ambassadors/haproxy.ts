/**
 * The configuration of an ambassador or a balancer: the same text for both, for every version of HAProxy from 2.6 on,
 * and for all consumers of a service in the same networks. It is made anew from what runs, never edited.
 */
import { FILES } from './files.ts';
import type { Access, Balance } from './links.ts';
import type { LinkedPort } from './ports.ts';

export interface Server {
  /** The container's name; what the statistics call it. */
  readonly name: string;
  /** `address:port`. */
  readonly at: string;
}

export interface Listener extends LinkedPort {
  readonly servers: readonly Server[];
}

export interface Configuration extends Pick<Access, 'checkPath'> {
  /** What checks say in their Host header, without which a server of HTTP/1.1 must refuse them (RFC 9112 §3.2). */
  readonly service: string;
  /** For people, as a comment. */
  readonly title: string;
  /** `127.127.0.2`, or empty for every address. */
  readonly address: string;
  readonly balance: Balance;
  readonly listeners: readonly Listener[];
}

export const STATISTICS = 'statistics';

/** Connections at a time. Each takes two buffers of 16 KiB while something is on its way. */
const MAX_CONNECTIONS = 4000;

/** How often an instance is looked at: one that begins to drain has to be found out before it has ended. */
export const CHECK = 'check inter 500ms fastinter 100ms downinter 250ms fall 2 rise 1';

export function renderConfiguration(configuration: Configuration): string {
  const { title, listeners } = configuration;
  const hasTcp = listeners.some(({ mode }) => mode === 'tcp');
  return [
    `# ${title}. Written by ambassadors.mjs, anew when containers come and go.`,
    'global',
    `  maxconn ${MAX_CONNECTIONS}`,
    '  nbthread 1',
    // The process that a reload replaces ends with its last request; a connection of TCP may last for ever.
    ...(hasTcp ? ['  mworker-max-reloads 20'] : ['  hard-stop-after 3m']),
    `  stats socket "$FOLDER/${FILES.api}" mode 600 level admin expose-fd listeners`,
    'defaults',
    '  timeout connect 1s',
    '  retries 3',
    // Whoever refuses a connection is not asked again: the next one is, at once.
    '  option redispatch 1',
    ...listeners.flatMap((listener) => ['', ...renderListener(configuration, listener)]),
    '',
    `listen ${STATISTICS}`,
    `  bind "unix@$FOLDER/${FILES.page}" mode 600`,
    '  mode http',
    '  timeout client 10s',
    '  timeout server 10s',
    '  stats enable',
    '  stats uri /',
    '  stats refresh 2s',
    '',
  ].join('\n');
}

function renderListener(
  { service, address, balance, checkPath }: Configuration,
  { port, mode, servers }: Listener,
): string[] {
  return [
    `listen ${listenerName(port)}`,
    `  bind ${address}:${port}`,
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
    ...servers.map(({ name, at }) => `  server ${name} ${at}`),
  ];
}

/** What HAProxy, its API and its statistics call the way to a port. */
export function listenerName(port: number): string {
  return `port-${port}`;
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
