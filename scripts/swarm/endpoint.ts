/**
 * Whether the kernel of a cluster balances what goes to the address of a service (IPVS). Where it does not, nothing says so: the
 * task runs, and its address answers nobody. So it is tried.
 */
import { waitFor } from '../lib/wait.ts';
import { type ClusterNodes, type Nodes } from './nodes.ts';
import { askManagers, tellManagers } from './ready.ts';

export type Endpoint = 'vip' | 'dnsrr';

const NAME = 'coinroom-probe';
const WITHIN_MS = 90_000;

/** With an image that has Redis: one server at an address of the Swarm's, and one client that asks it. */
export async function probeEndpoint(
  nodes: Nodes,
  cluster: ClusterNodes,
  { image, signal }: { readonly image: string; readonly signal: AbortSignal },
): Promise<Endpoint> {
  const remove =
    `docker service rm ${NAME}-server ${NAME}-client >/dev/null 2>&1; docker network rm ${NAME} >/dev/null 2>&1`;
  const create =
    `docker service create --detach --quiet --no-resolve-image --network ${NAME} --mount type=tmpfs,destination=/data`;
  const ask = `for second in 1 2 3 4 5; do timeout 2 redis-cli -h ${NAME}-server ping && exit 0; sleep 1; done; exit 1`;
  await tellManagers(
    nodes,
    cluster,
    `${remove}
docker network create --driver overlay ${NAME} >/dev/null && ${create} --name ${NAME}-server --endpoint-mode vip ${image} >/dev/null 2>&1 &&
  ${create} --name ${NAME}-client --restart-condition none ${image} sh -c '${ask}' >/dev/null 2>&1`,
  );
  try {
    return await waitFor(async () => {
      const state =
        await askManagers(nodes, cluster, `docker service ps --format '{{.CurrentState}}' ${NAME}-client`) ?? '';
      if (state.startsWith('Complete')) return 'vip';
      return /^(Failed|Rejected)/.test(state) ? 'dnsrr' : undefined;
    }, {
      what: `the answer whether ${cluster.name} balances by its kernel`,
      withinMs: WITHIN_MS,
      everyMs: 1000,
      signal,
    });
  } finally {
    // A network goes only when its last task has.
    await askManagers(
      nodes,
      cluster,
      `${remove}; for second in 1 2 3 4 5; do docker network rm ${NAME} >/dev/null 2>&1 && break; sleep 1; done; true`,
    );
  }
}
