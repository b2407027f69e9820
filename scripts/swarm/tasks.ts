/** The tasks of a service, as a manager tells of them. */
import type { ClusterNodes, Nodes } from './nodes.ts';
import { askManagers } from './ready.ts';

export interface Task {
  readonly id: string;
  /** Of its service. */
  readonly service: string;
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
  const text = await askManagers(nodes, cluster, `docker service ps --no-trunc --format '{{json .}}' ${service}`);
  return parseTasks(text ?? '');
}

/** What `docker service ps` and `docker node ps` say with `{{json .}}`, a line a task. */
export function parseTasks(text: string): Task[] {
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const { ID, Name, Node, DesiredState, CurrentState, Error: error } = JSON.parse(line) as Record<
      'ID' | 'Name' | 'Node' | 'DesiredState' | 'CurrentState' | 'Error',
      string
    >;
    // `coinroom_rng.1`, or with the id of its node for one that is everywhere.
    const service = Name.replace(/\.[^.]*$/, '');
    return { id: ID, service, node: Node, desired: DesiredState, state: CurrentState.split(' ')[0]!, error };
  });
}
