/** What each node's engine says of the Swarm that it is in. */
import type { Machine } from '../lib/room/room.ts';
import type { Nodes } from './nodes.ts';
import { said } from './nodes.ts';

export interface NodeState {
  /** `locked` waits for a key, `error` has lost the way to its managers. */
  readonly state: 'inactive' | 'pending' | 'active' | 'error' | 'locked';
  readonly isManager: boolean;
  /** Empty while it is in no Swarm. */
  readonly nodeId: string;
  /** That the engine tells the others. */
  readonly address: string;
  /** Of the Swarm; only managers know it. */
  readonly clusterId: string;
  /** Of the engine. */
  readonly version: string;
}

/** By the machine's name; undefined for one that could not be asked. */
export async function askStates(
  nodes: Nodes,
  machines: readonly Machine[],
): Promise<Map<string, NodeState | undefined>> {
  const results = await nodes.ask(
    machines,
    `docker info --format '{"swarm":{{json .Swarm}},"version":{{json .ServerVersion}}}'`,
  );
  return new Map(results.map((result) => [result.target.name, parseState(said(result))]));
}

interface Said {
  readonly version: string;
  readonly swarm: {
    readonly LocalNodeState: NodeState['state'];
    readonly ControlAvailable: boolean;
    readonly NodeID: string;
    readonly NodeAddr: string;
    readonly Cluster?: { readonly ID: string } | null;
  };
}

function parseState(text: string | undefined): NodeState | undefined {
  if (text === undefined) return undefined;
  const { swarm, version } = JSON.parse(text) as Said;
  return {
    state: swarm.LocalNodeState,
    isManager: swarm.ControlAvailable,
    nodeId: swarm.NodeID,
    address: swarm.NodeAddr,
    clusterId: swarm.Cluster?.ID ?? '',
    version,
  };
}
