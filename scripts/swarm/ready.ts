/** Waiting until a Swarm is well: its managers agree, and every node that is to be there is. */
import { waitFor } from '../lib/wait.ts';
import { type ClusterNodes, type Nodes, said } from './nodes.ts';

/** A node as its managers see it: `docker node ls`. */
export interface SeenNode {
  readonly ID: string;
  readonly Hostname: string;
  readonly Status: string;
  readonly Availability: string;
  /** `Leader`, `Reachable`, `Unreachable`, or empty for a worker. */
  readonly ManagerStatus: string;
  readonly EngineVersion: string;
}

/** Ends a script on a machine that is no manager, or whose managers have no majority. */
const NO_MANAGER = 97;

function byManager(command: string): string {
  return `[ "$(docker info --format '{{.Swarm.ControlAvailable}}')" = true ] && docker node ls --quiet >/dev/null || exit ${NO_MANAGER}
${command}`;
}

/** What a command says on the first manager that answers; undefined where none does, or where it fails. */
export async function askManagers(
  nodes: Nodes,
  { nodes: own }: ClusterNodes,
  command: string,
): Promise<string | undefined> {
  for (const machine of own) {
    const [result] = await nodes.ask([machine], byManager(command));
    const text = said(result!);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The same for what has to be done. @throws Error with what docker has said against it */
export async function tellManagers(nodes: Nodes, { name, nodes: own }: ClusterNodes, command: string): Promise<string> {
  for (const machine of own) {
    const [result] = await nodes.ask([machine], byManager(command));
    const text = said(result!);
    if (text !== undefined) return text;
    if (result!.end === 'failed' && result!.code !== NO_MANAGER) throw new Error(`${name}: ${result!.detail}`);
  }
  throw new Error(`${name} has no manager that answers: swarm.mjs init, check`);
}

export async function listNodes(nodes: Nodes, cluster: ClusterNodes): Promise<SeenNode[] | undefined> {
  const text = await askManagers(nodes, cluster, `docker node ls --format '{{json .}}'`);
  return text?.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as SeenNode);
}

/** What is left on the list of a machine that has left and come again: it will never be ready. */
export function isFormerSelf({ ID, Hostname, Status }: SeenNode, all: readonly SeenNode[]): boolean {
  return Status === 'Down' && all.some((one) => one.ID !== ID && one.Hostname === Hostname && one.Status === 'Ready');
}

/** After an engine was started again; its neighbours notice within some seconds. */
const WITHIN_MS = 60_000;

export interface ReadyOptions {
  readonly signal: AbortSignal;
  /** So many nodes at least, and so many of them managers; 1. */
  readonly count?: (cluster: ClusterNodes) => number;
  readonly managers?: number;
}

/** @throws Error that names the cluster that does not get there */
export async function untilReady(
  nodes: Nodes,
  clusters: readonly ClusterNodes[],
  { signal, count = () => 1, managers = 1 }: ReadyOptions,
): Promise<void> {
  for (const cluster of clusters) {
    await waitFor(async () => {
      const all = await listNodes(nodes, cluster) ?? [];
      const seen = all.filter((node) => !isFormerSelf(node, all));
      const isWell = seen.every(({ Status, ManagerStatus }) => Status === 'Ready' && ManagerStatus !== 'Unreachable');
      const leading = seen.filter(({ ManagerStatus }) => ManagerStatus !== '').length;
      return isWell && seen.length >= count(cluster) && leading >= managers ? true : undefined;
    }, { what: `all nodes of ${cluster.name} to be ready`, withinMs: WITHIN_MS, everyMs: 1000, signal });
  }
}
