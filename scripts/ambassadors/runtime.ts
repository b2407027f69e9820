/**
 * A change of instances as commands of HAProxy's runtime API (its management guide, section 9.3): a hundredth of what a
 * reload costs, and counters go on. Only for http: a connection of TCP may last for ever, and ends with a reload's old
 * process, or not at all.
 */
import { CHECK } from '../lib/haproxy/listening.ts';
import { type Configuration, type Listener, listenerName, renderConfiguration, type Server } from './haproxy.ts';

/** What runs in a HAProxy. */
export interface Loaded {
  readonly configuration: Configuration;
  /** Servers that it has for each port, also those that get nothing at present. */
  readonly present: ReadonlyMap<number, ReadonlySet<string>>;
}

export function loaded(configuration: Configuration): Loaded {
  const present = configuration.listeners.map(({ port, servers }) =>
    [port, new Set(servers.map(({ name }) => name))] as const
  );
  return { configuration, present: new Map(present) };
}

/** What runs after these commands, or after nothing was to do. */
export function changed({ present }: Loaded, configuration: Configuration): Loaded {
  const own = loaded(configuration).present;
  const all = [...own].map(([port, names]) => [port, new Set([...present.get(port) ?? [], ...names])] as const);
  return { configuration, present: new Map(all) };
}

/** The commands that make the one into the other; undefined where that takes a reload. */
export function runtimeCommands(from: Loaded, to: Configuration): string[] | undefined {
  if (renderConfiguration(withoutServers(from.configuration)) !== renderConfiguration(withoutServers(to))) {
    return undefined;
  }
  const commands: string[] = [];
  for (const [at, next] of to.listeners.entries()) {
    const before = from.configuration.listeners[at]!;
    const own = commandsFor(before, next, from.present.get(next.port) ?? new Set());
    if (own.length > 0 && next.mode === 'tcp') return undefined;
    commands.push(...own);
  }
  return commands;
}

function withoutServers(configuration: Configuration): Configuration {
  return { ...configuration, listeners: configuration.listeners.map((listener) => ({ ...listener, servers: [] })) };
}

function commandsFor(before: Listener, { port, servers }: Listener, present: ReadonlySet<string>): string[] {
  const full = ({ name }: Server): string => `${listenerName(port)}/${name}`;
  const names = new Set(servers.map(({ name }) => name));
  const were = new Map(before.servers.map((server) => [server.name, server.at]));
  const gone = before.servers.filter(({ name }) => !names.has(name));
  const isKept = ({ name, at }: Server): boolean => were.get(name) === at;
  // Beside others, it waits for its first check: a container that has just started may not listen yet. To be said after
  // it is let in, which itself makes it well.
  const unproven = servers.some(isKept)
    ? (server: Server): string[] => [`set server ${full(server)} health down`]
    : (): string[] => [];
  return [
    ...servers.filter((server) => !isKept(server)).flatMap((server) => {
      if (!present.has(server.name)) {
        return [
          `add server ${full(server)} ${server.at} ${CHECK}`,
          `enable health ${full(server)}`,
          `enable server ${full(server)}`,
          ...unproven(server),
        ];
      }
      const [, address, number] = /^\[?(.*?)\]?:(\d+)$/.exec(server.at)!;
      return [
        `set server ${full(server)} addr ${address} port ${number}`,
        `set server ${full(server)} state ready`,
        ...unproven(server),
      ];
    }),
    // What it has in hand it may finish. To delete it, it would have to have nothing, so it stays until the next reload.
    ...gone.map((server) => `set server ${full(server)} state maint`),
  ];
}
