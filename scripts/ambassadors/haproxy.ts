/**
 * The configuration of an ambassador or a balancer: the same text for both, for every version of HAProxy from 2.6 on,
 * and for all consumers of a service in the same networks. It is made anew from what runs, never edited.
 */
import { FILES } from './files.ts';
import type { Access, Balance } from '../lib/haproxy/access.ts';
import { DEFAULTS, renderListening } from '../lib/haproxy/listening.ts';
import type { LinkedPort } from '../lib/haproxy/ports.ts';

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
    ...DEFAULTS,
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

function renderListener(configuration: Configuration, { port, mode, servers }: Listener): string[] {
  return renderListening({
    ...configuration,
    name: listenerName(port),
    bind: `${configuration.address}:${port}`,
    mode,
    servers: servers.map(({ name, at }) => `server ${name} ${at}`),
  });
}

/** What HAProxy, its API and its statistics call the way to a port. */
export function listenerName(port: number): string {
  return `port-${port}`;
}
