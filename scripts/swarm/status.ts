/** `status`: what runs where, as the managers see it. Also without a step. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { formatTable } from '../lib/table.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { askManagers, listNodes, type SeenNode } from './ready.ts';

interface Task {
  readonly id: string;
  readonly service: string;
  readonly node: string;
  readonly state: string;
}

interface Seen {
  readonly cluster: string;
  /** Undefined: no manager answers. */
  readonly nodes: readonly SeenNode[] | undefined;
  readonly tasks: readonly Task[];
}

export const status = verb(stepFlags, async ({ values, positionals: selectors, signal }) => {
  const nodes = await openNodes({ step: 'status', values, selectors, signal });
  const found = await Promise.all(nodes.clusters.map((cluster) => look(nodes, cluster)));
  const rows = found.flatMap(({ cluster, nodes: own, tasks }) =>
    (own ?? []).map(({ Hostname, Status, Availability, ManagerStatus }) => [
      ...[cluster, Hostname, Status, Availability, ManagerStatus || 'worker'],
      countsOf(tasks.filter(({ node }) => node === Hostname)),
    ])
  );
  const silent = found.filter(({ nodes: own }) => own === undefined).map(({ cluster }) => cluster);
  const table = rows.length === 0
    ? []
    : [formatTable(['cluster', 'node', 'state', 'takes tasks', 'manages', 'runs'], rows)];
  const told = [...table, ...silent.map((cluster) => `${cluster}: no manager answers. Next: swarm.mjs init`)];
  print(values, found, told.join('\n'));
  return silent.length === 0 ? EXIT.done : EXIT.failed;
});

async function look(nodes: Nodes, cluster: ClusterNodes): Promise<Seen> {
  const seen = await listNodes(nodes, cluster);
  if (!seen) return { cluster: cluster.name, nodes: undefined, tasks: [] };
  const text = await askManagers(nodes, cluster, TASKS) ?? '';
  const tasks = text.split('\n').filter((line) => line !== '').map((line): Task => {
    const { ID, Name, Node, CurrentState } = JSON.parse(line) as Record<
      'ID' | 'Name' | 'Node' | 'CurrentState',
      string
    >;
    return { id: ID, service: Name.replace(/\.[^.]*$/, ''), node: Node, state: CurrentState.split(' ')[0]! };
  });
  // Asked for several nodes, docker tells of a task more than once.
  return { cluster: cluster.name, nodes: seen, tasks: [...new Map(tasks.map((task) => [task.id, task])).values()] };
}

const TASKS =
  `docker node ps --filter desired-state=running --format '{{json .}}' $(docker node ls --quiet) 2>/dev/null || true`;

/** `worker 4, rng`; what does not run with its state. */
function countsOf(tasks: readonly Task[]): string {
  const kinds = Map.groupBy(
    tasks,
    ({ service, state }) => state === 'Running' ? service : `${service} (${state.toLowerCase()})`,
  );
  return [...kinds].map(([kind, own]) => own.length === 1 ? kind : `${kind} ${own.length}`).sort().join(', ');
}
