/** Where a stack is reached from outside, and waiting until it is. */
import { bracketed } from '../lib/engine.ts';
import type { Machine } from '../lib/room/room.ts';
import { waitFor } from '../lib/wait.ts';
import { FRONT, type PublishedService } from './front.ts';
import { type ClusterNodes, type Nodes, said } from './nodes.ts';
import { askManagers } from './ready.ts';
import { askStates } from './states.ts';

const WITHIN_MS = 30_000;

/** HAProxy's word for: none of them is well; and curl's for: nobody answers. */
const NOT_YET = ['503', '000'];

export interface UrlOptions {
  readonly published: readonly PublishedService[];
  readonly stack: string;
  /** Whether HAProxies answer, on the nodes where they run; otherwise every node does. */
  readonly isFronted: boolean;
  readonly signal: AbortSignal;
}

/**
 * A line a port. Whoever gets one can go there: what has just begun is not known to all at once.
 *
 * @throws Error naming what does not answer in time
 */
export async function untilAnswering(
  nodes: Nodes,
  cluster: ClusterNodes,
  { published, stack, isFronted, signal }: UrlOptions,
): Promise<string[]> {
  if (published.length === 0) return [];
  const machine = isFronted ? await firstWith(nodes, cluster, `${stack}_${FRONT}`) : cluster.nodes[0]!;
  const lines = await Promise.all(published.map(async (one) => {
    const at = `${bracketed(machine.host.address)}:${one.published}`;
    if (one.mode === 'tcp') return `${cluster.name}: ${one.service} is at ${at}`;
    // Asked where it is published: the way from here to there may be another, which only its user knows.
    const ask = `curl -sS --noproxy '*' -o /dev/null -m 3 -w '%{http_code}' http://127.0.0.1:${one.published}/ || true`;
    await waitFor(async () => {
      const [result] = await nodes.ask([machine], ask);
      return NOT_YET.includes(said(result!) ?? '000') ? undefined : true;
    }, { what: `${one.service} to answer at http://${at}/`, withinMs: WITHIN_MS, everyMs: 500, signal });
    return `${cluster.name}: ${one.service} is at http://${at}/`;
  }));
  return lines.sort();
}

/** The first machine that has a task of a service. */
async function firstWith(nodes: Nodes, cluster: ClusterNodes, service: string): Promise<Machine> {
  const command =
    `docker service ps --quiet --filter desired-state=running ${service} | xargs docker inspect --format '{{.NodeID}}'`;
  const ids = (await askManagers(nodes, cluster, command) ?? '').split('\n');
  const states = await askStates(nodes, cluster.nodes);
  return cluster.nodes.find(({ name }) => ids.includes(states.get(name)?.nodeId ?? '')) ?? cluster.nodes[0]!;
}
