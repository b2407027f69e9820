/**
 * Which address the next request goes to: round robin over a list of upstreams, and over all addresses of a name.
 *
 * Round robin and not random: drawing lots between two rngs leaves one idle now and then, and costs 12 to 18 % of the
 * plateau (simulated). Names are resolved here and not left to the resolver's order, since Docker's DNS shuffles.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

export interface Target {
  /** Where to connect: `http://10.0.0.7:80`. */
  readonly origin: string;
  /** What the Host header says: the name that was asked for. */
  readonly host: string;
}

export interface Targets {
  /** The next target, and after how many tries all have had their turn. */
  readonly next: () => Promise<{ target: Target; count: number }>;
  /**
   * This one just failed: the others are preferred for a second; for longer, where it was silent. `silentMs` is what it
   * took to find that out.
   */
  readonly avoid: (target: Target, options?: { readonly silentMs?: number }) => void;
}

export interface TargetsOptions {
  readonly urls: readonly string[];
  /** Ask the DNS for all addresses; otherwise a name is one target and its connections are the client's business. */
  readonly resolve: boolean;
  /** Gives all addresses of a name; default: the system's resolver. */
  readonly resolveName?: (name: string) => Promise<readonly string[]>;
  /** ms on a clock that never goes back. */
  readonly now?: () => number;
}

const RESOLVE_EVERY_MS = 1000;
const AVOID_FOR_MS = 1000;

/**
 * A machine that is gone refuses nothing: each try costs the time to connect, and its name has it for a while yet. One
 * that is frozen takes connections: each try costs the time for an answer. So many times as long it is left alone, but
 * not so long that it would be missed when it is back.
 */
const AVOID_SILENT_TIMES = 4;
const AVOID_AT_MOST_MS = 20_000;

export function createTargets(options: TargetsOptions): Targets {
  const { urls, resolve, resolveName = systemLookup, now = () => performance.now() } = options;
  const avoided = new Map<string, number>();
  let list: readonly Target[] = resolve ? [] : urls.map((url) => ({ origin: url, host: new URL(url).host }));
  let resolvedAt = -Infinity;
  let resolving: Promise<void> | undefined;
  let turn = 0;

  async function refresh(): Promise<void> {
    const found = await Promise.allSettled(urls.map((url) => addressesOf(url, resolveName)));
    const targets = found.flatMap((one) => one.status === 'fulfilled' ? one.value : []);
    if (targets.length > 0) list = targets;
    else if (list.length === 0) throw (found[0] as PromiseRejectedResult).reason;
    resolvedAt = now();
  }

  async function current(): Promise<readonly Target[]> {
    if (!resolve || now() - resolvedAt < RESOLVE_EVERY_MS) return list;
    resolving ??= refresh().finally(() => resolving = undefined);
    // Known addresses serve while new ones are looked up: a slow DNS must not slow every request.
    if (list.length === 0) await resolving;
    else resolving.catch(() => {});
    return list;
  }

  return {
    next: async () => {
      const targets = await current();
      const usable = targets.filter((target) => (avoided.get(target.origin) ?? 0) <= now());
      const choice = usable.length > 0 ? usable : targets;
      return { target: choice[turn++ % choice.length]!, count: targets.length };
    },
    avoid: (target, { silentMs = 0 } = {}) => void avoided.set(target.origin, now() + avoidedMs(silentMs)),
  };
}

function avoidedMs(silentMs: number): number {
  return Math.min(Math.max(AVOID_FOR_MS, AVOID_SILENT_TIMES * silentMs), AVOID_AT_MOST_MS);
}

async function addressesOf(
  url: string,
  resolveName: (name: string) => Promise<readonly string[]>,
): Promise<Target[]> {
  const { protocol, hostname, port, host } = new URL(url);
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  // A certificate is made out to the name, so https stays with it.
  if (isIP(name) || protocol === 'https:') return [{ origin: url, host }];
  const addresses = await resolveName(name);
  // A name with both families names each instance twice.
  const family = addresses.some((address) => isIP(address) === 4) ? 4 : 6;
  return [...addresses].filter((address) => isIP(address) === family).sort().map((address) => ({
    origin: `http://${family === 6 ? `[${address}]` : address}:${port || 80}`,
    host,
  }));
}

async function systemLookup(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
