/** `status`: what runs where, as the managers see it, and what it uses and mines. Also without a step. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { askManagers, listNodes, type SeenNode } from './ready.ts';
import { assertStackName, stackFlags } from './stacks.ts';
import { askStates } from './states.ts';
import { parseTasks, type Task } from './tasks.ts';
import { askUses, type Mining } from './uses.ts';

type Running = Pick<Task, 'id' | 'service' | 'node' | 'state'>;

interface Seen {
  readonly cluster: string;
  /** Undefined: no manager answers. */
  readonly nodes: readonly SeenNode[] | undefined;
  readonly tasks: readonly Running[];
  /** Of the containers of each node, by its id in the Swarm; 100 is one core. */
  readonly cpuPercent: Readonly<Record<string, number>>;
  readonly mining: Mining | undefined;
}

export const status = verb(stackFlags, async ({ values, positionals: selectors, signal }) => {
  assertStackName(values.stack);
  const nodes = await openNodes({ step: 'status', values, selectors, signal });
  const found = await Promise.all(nodes.clusters.map((cluster) => look(nodes, cluster, values.stack)));
  const rows = found.flatMap(({ cluster, nodes: own, tasks, cpuPercent }) =>
    (own ?? []).map(({ ID, Hostname, Status, Availability, ManagerStatus }) => [
      ...[cluster, Hostname, Status, Availability, ManagerStatus || 'worker'],
      ID in cpuPercent ? `${cpuPercent[ID]!.toFixed(1)} %` : '-',
      countsOf(tasks.filter(({ node }) => node === Hostname)),
    ])
  );
  const silent = found.filter(({ nodes: own }) => own === undefined).map(({ cluster }) => cluster);
  const table = rows.length === 0
    ? []
    : [formatTable(['cluster', 'node', 'state', 'takes tasks', 'manages', 'CPU', 'runs'], rows)];
  const mining = found.flatMap(({ cluster, mining: own }) => own ? [`${cluster}: ${inWords(values.stack, own)}`] : []);
  const told = [
    ...table,
    ...mining,
    ...silent.map((cluster) => `${cluster}: no manager answers. Next: swarm.mjs init`),
  ];
  print(values, found, told.join('\n'));
  return silent.length === 0 ? EXIT.done : EXIT.failed;
});

function inWords(stack: string, { hashSpeed, workers, coins }: Mining): string {
  return `${stack} mines ${hashSpeed.toFixed(1)} hashes a second with ${countInWords(workers, 'worker')}; ` +
    `${countInWords(coins, 'coin')} in the wallet`;
}

async function look(nodes: Nodes, cluster: ClusterNodes, stack: string): Promise<Seen> {
  const seen = await listNodes(nodes, cluster);
  if (!seen) return { cluster: cluster.name, nodes: undefined, tasks: [], cpuPercent: {}, mining: undefined };
  const [text = '', states, uses] = await Promise.all([
    askManagers(nodes, cluster, TASKS),
    askStates(nodes, cluster.nodes),
    askUses(nodes, cluster, stack),
  ]);
  const tasks = parseTasks(text).map(({ id, service, node, state }): Running => ({ id, service, node, state }));
  const cpu = [...uses.cpuPercent].map(([name, percent]) => [states.get(name)?.nodeId ?? '', percent] as const);
  return {
    ...{ cluster: cluster.name, nodes: seen, mining: uses.mining, cpuPercent: Object.fromEntries(cpu) },
    // Asked for several nodes, docker tells of a task more than once.
    tasks: [...new Map(tasks.map((task) => [task.id, task])).values()],
  };
}

const TASKS =
  `docker node ps --filter desired-state=running --format '{{json .}}' $(docker node ls --quiet) 2>/dev/null || true`;

/** `worker 4, rng`; what does not run with its state. */
function countsOf(tasks: readonly Running[]): string {
  const kinds = Map.groupBy(
    tasks,
    ({ service, state }) => state === 'Running' ? service : `${service} (${state.toLowerCase()})`,
  );
  return [...kinds].map(([kind, own]) => own.length === 1 ? kind : `${kind} ${own.length}`).sort().join(', ');
}
