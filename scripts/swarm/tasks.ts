/** The tasks of a service, as a manager tells of them. */
import type { ClusterNodes, Nodes } from './nodes.ts';
import { askManagers } from './ready.ts';

export interface Task {
  /** The host name of its node; empty while it has none. */
  readonly node: string;
  /** `Running`, or `Shutdown` where it is over for good. */
  readonly desired: string;
  /** `Running`, `Preparing`, `Complete`, `Failed`, `Rejected` and so on. */
  readonly state: string;
  readonly error: string;
}

/** The newest of each node or number first, with those before it; none where no manager answers. */
export async function listTasks(nodes: Nodes, cluster: ClusterNodes, service: string): Promise<Task[]> {
  const text = await askManagers(nodes, cluster, `docker service ps --no-trunc --format '{{json .}}' ${service}`) ?? '';
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const { Node, DesiredState, CurrentState, Error: error } = JSON.parse(line) as Record<
      'Node' | 'DesiredState' | 'CurrentState' | 'Error',
      string
    >;
    return { node: Node, desired: DesiredState, state: CurrentState.split(' ')[0]!, error };
  });
}
