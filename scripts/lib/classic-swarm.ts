/**
 * The classic, stand-alone Swarm: a manager that answers like one engine, and hands on what it is asked to the engines
 * behind it. It has no API of its own: which nodes it has, it tells in a table in the middle of what `docker info` says.
 */
import type { Engine } from './engine.ts';
import { run } from './process.ts';

/** An engine, as the manager sees it. */
export interface ClassicNode {
  /** Its machine's host name; undefined as long as the manager has not reached it. */
  readonly name: string | undefined;
  /** As the manager was told: `10.0.0.1:2376`. */
  readonly address: string;
  /** `Healthy`, or what keeps it from that: `Pending`, `Unreachable`. */
  readonly status: string;
  /** What the manager says about that; empty where nothing is wrong. */
  readonly error: string;
  /** Running or not. */
  readonly containers: number;
  /** Of the engine. */
  readonly version: string;
}

export function isWell({ status }: ClassicNode): boolean {
  return status === 'Healthy';
}

/** The part of what `docker info` says that is read here. */
interface Said {
  readonly SystemStatus?: readonly (readonly string[])[] | null;
}

/** None, where it is no such manager. @param info what `docker info --format '{{json .}}'` prints */
export function readClassicNodes(info: string): ClassicNode[] {
  const rows = (JSON.parse(info) as Said).SystemStatus ?? [];
  const start = rows.findIndex(([title]) => title === 'Nodes');
  if (start < 0) return [];
  // A node begins with its name, and what is said of it stands further to the right.
  const nodes: { readonly name: string; readonly address: string; readonly fields: Map<string, string> }[] = [];
  for (const [title = '', value = ''] of rows.slice(start + 1)) {
    const [, field] = /^\s+└ (.*)$/.exec(title) ?? [];
    if (field === undefined) nodes.push({ name: title.trim(), address: value, fields: new Map() });
    else nodes.at(-1)?.fields.set(field, value);
  }
  return nodes.map(({ name, address, fields }) => ({
    name: name === '(unknown)' ? undefined : name,
    address,
    status: fields.get('Status') ?? '',
    error: fields.get('Error') ?? '',
    containers: parseInt(fields.get('Containers') ?? '0'),
    version: fields.get('ServerVersion') ?? '',
  }));
}

/** None, where it is no such manager, or does not answer. */
export async function classicNodesOf(engine: Engine, signal?: AbortSignal): Promise<ClassicNode[]> {
  const info = ['docker', 'info', '--format', '{{json .}}'];
  const said = await run(info, { env: engine.env, withinMs: 20_000, ...(signal ? { signal } : {}) })
    .catch(() => signal?.throwIfAborted());
  return said?.code === 0 ? readClassicNodes(said.stdout) : [];
}

/**
 * The engines themselves, for who has to know which container is on which machine: those that are well behind such a
 * manager; else the engine that was given. What lets in at the manager lets in there, too.
 *
 * @throws Error where the manager has none that is well
 */
export async function enginesBehind(engine: Engine, signal?: AbortSignal): Promise<Engine[]> {
  // On a socket there are only engines.
  const nodes = engine.address === undefined ? [] : await classicNodesOf(engine, signal);
  if (nodes.length === 0) return [engine];
  const engines = nodes.filter(isWell).map(({ name, address }): Engine => ({
    name: name!,
    env: { ...engine.env, DOCKER_HOST: `tcp://${address}` },
    address: address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1'),
  }));
  if (engines.length > 0) return engines;
  throw new Error(`The manager at ${engine.address} sees no node that is well`);
}
