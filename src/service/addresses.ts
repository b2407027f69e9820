/** Where roles listen, and where this machine reaches them. */

/** The port of each role when it is not told otherwise. */
export const DEFAULT_PORTS = { all: 8000, webui: 8000, rng: 8001, hasher: 8002, worker: 8003, www: 8004 } as const;

/** What to put into a URL for something on this machine that listens on `host`. */
export function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
