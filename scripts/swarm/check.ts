/** `check`: is this a Swarm, and is it well? Engines, nodes, clocks, and the ways between them. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { type ClusterNodes, type Nodes, openNodes, said } from './nodes.ts';
import { tryWays, type Way } from './ports.ts';
import { isFormerSelf, listNodes, type SeenNode } from './ready.ts';
import { askStates, type NodeState } from './states.ts';

/** Certificates and tokens are refused by a machine that is far off. */
const SKEW_S = 5;

export const check = verb(stepFlags, async ({ values, positionals: selectors, signal }) => {
  const nodes = await openNodes({ step: 'check', values, selectors, signal });
  const found = await Promise.all(nodes.clusters.map((cluster) => look(nodes, cluster)));
  const rows = found.flatMap(({ cluster, states, clocks, seen }) =>
    cluster.nodes.map(({ name, host }) => {
      const state = states.get(name);
      const own = seen.find(({ ID }) => ID === state?.nodeId);
      return [
        ...[
          name,
          host.address,
          state?.version ?? 'AWAY',
          state?.state ?? '',
          own ? `${own.Status} ${own.Availability}` : 'not seen',
        ],
        ...[own?.ManagerStatus || (own ? 'worker' : ''), clockInWords(clocks.get(name))],
      ];
    })
  );
  const complaints = found.flatMap(({ complaints }) => complaints);
  const ways = found.flatMap((one) => one.ways);
  const open = ways.filter(({ state }) => state === 'open').length;
  const told = [
    formatTable(['node', 'address', 'engine', 'in a Swarm', 'seen as', 'manages', 'clock'], rows),
    '',
    `${open} of ${countInWords(ways.length, 'way')} between nodes are open`,
    ...complaints,
    complaints.length === 0 ? 'All is well' : `${countInWords(complaints.length, 'trouble')}: see above`,
  ];
  print(values, found.map(asData), told.join('\n'));
  return complaints.length === 0 ? EXIT.done : EXIT.failed;
});

interface Look {
  readonly cluster: ClusterNodes;
  readonly states: ReadonlyMap<string, NodeState | undefined>;
  readonly seen: readonly SeenNode[];
  /** Seconds that each is ahead of the one in the middle. */
  readonly clocks: ReadonlyMap<string, number>;
  readonly ways: readonly Way[];
  readonly complaints: readonly string[];
}

async function look(nodes: Nodes, cluster: ClusterNodes): Promise<Look> {
  const states = await askStates(nodes, cluster.nodes);
  const isManager = ({ name }: { readonly name: string }): boolean => states.get(name)?.isManager ?? false;
  const [seen = [], clocks, ways] = await Promise.all([
    listNodes(nodes, cluster),
    askClocks(nodes, cluster),
    tryWays(
      nodes,
      { ...cluster, nodes: cluster.nodes.filter(({ name }) => states.get(name)?.state === 'active') },
      isManager,
    ),
  ]);
  const complaints = cluster.nodes.flatMap(({ name }): string[] => {
    const state = states.get(name);
    const own = seen.find(({ ID }) => ID === state?.nodeId);
    if (!state) return [`${name}: it cannot be asked`];
    if (state.state !== 'active') return [`${name}: its engine is in no Swarm (${state.state}): swarm.mjs init, join`];
    return [
      ...(own ? [] : [`${name}: the managers of ${cluster.name} do not know it`]),
      ...(own && own.Status !== 'Ready' ? [`${name}: it is ${own.Status}`] : []),
      ...(own?.ManagerStatus === 'Unreachable' ? [`${name}: the other managers do not reach it`] : []),
      ...(Math.abs(clocks.get(name) ?? 0) > SKEW_S ? [`${name}: its clock is ${clockInWords(clocks.get(name))}`] : []),
    ];
  });
  const former = seen.filter((node) => isFormerSelf(node, seen)).map(({ ID, Hostname }) =>
    `${Hostname} is on the list twice, since it has left and come again: docker node rm ${ID}`
  );
  const closed = ways.filter(({ state }) => state !== 'open').map(({ from, to, port, state }) =>
    `${from} does not reach ${to} at ${port}: ${state === 'silent' ? 'no answer, a firewall?' : 'refused'}`
  );
  return { cluster, states, seen, clocks, ways, complaints: [...complaints, ...former, ...closed] };
}

/** Asked at the same moment, or nearly so; by the one in the middle. */
async function askClocks(nodes: Nodes, { nodes: own }: ClusterNodes): Promise<Map<string, number>> {
  const results = await nodes.ask(own, 'date +%s.%N');
  const times = results.flatMap((result) => {
    const text = said(result);
    return text === undefined ? [] : [[result.target.name, Number(text)] as const];
  });
  const middle = times.map(([, time]) => time).sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
  return new Map(times.map(([name, time]) => [name, time - middle]));
}

function clockInWords(skew: number | undefined): string {
  if (skew === undefined) return '';
  if (Math.abs(skew) <= SKEW_S) return 'right';
  return `${countInWords(Math.round(Math.abs(skew)), 'second')} ${skew > 0 ? 'ahead' : 'behind'}`;
}

function asData({ cluster, states, seen, clocks, ways, complaints }: Look) {
  return {
    cluster: cluster.name,
    nodes: cluster.nodes.map(({ name, host }) => ({
      ...{ name, address: host.address, state: states.get(name) ?? null, skewS: clocks.get(name) ?? null },
      seen: seen.find(({ ID }) => ID === states.get(name)?.nodeId) ?? null,
    })),
    ...{ ways, complaints },
  };
}
