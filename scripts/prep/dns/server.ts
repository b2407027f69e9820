import { UsageError } from '../../lib/command-line.ts';
import { SERVER } from '../../lib/room/settings.ts';

/** The port of DNS (RFC 1035 §4.2). */
const PORT = 53;

export interface Server {
  /** An address, IPv6 without brackets, or a name. */
  readonly host: string;
  readonly port: number;
  /** As it was given. */
  readonly text: string;
}

/** `10.0.0.53`, `ns.example.org:5353`, `[2001:db8::53]:5353`, `::1`. @throws UsageError with what it is called */
export function parseServer(what: string, text: string): Server {
  const [, bracketed, bare, port = String(PORT)] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ??
    [text, undefined, text];
  if (SERVER.test(text) && Number(port) > 0 && Number(port) < 65_536) {
    return { host: bracketed ?? bare!, port: Number(port), text };
  }
  throw new UsageError(
    `${what} must be an address or a name, with :PORT behind it or not; got ${JSON.stringify(text)}`,
  );
}
