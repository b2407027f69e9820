/**
 * Whether the kernel of a cluster balances what goes to the address of a service (IPVS). Where it does not, nothing says so: the
 * task runs, and its address answers nobody. So it is tried.
 */
import { waitFor } from '../lib/wait.ts';
import { type ClusterNodes, type Nodes } from './nodes.ts';
import { askManagers, tellManagers } from './ready.ts';
import { listTasks } from './tasks.ts';

export type Endpoint = 'vip' | 'dnsrr';

const NAME = 'coinroom-probe';
const WITHIN_MS = 90_000;

export interface Trial {
  readonly endpoint: Endpoint;
  /** What it was made with has been taken away; it takes a moment, and nothing has to wait for it. */
  readonly isGone: Promise<void>;
}

/** What the client ends with: its neighbour has not been seen at all. */
const NOT_SEEN = 2;

/**
 * With an image that has Redis: one server at an address of the Swarm's, and one client that asks it, first by the address
 * of its task, so that silence is the balancer's and not that of a server which has not begun yet.
 *
 * @throws Error where tasks do not reach each other at all
 */
export async function probeEndpoint(
  nodes: Nodes,
  cluster: ClusterNodes,
  { image, signal }: { readonly image: string; readonly signal: AbortSignal },
): Promise<Trial> {
  const remove =
    `docker service rm ${NAME}-server ${NAME}-client >/dev/null 2>&1; docker network rm ${NAME} >/dev/null 2>&1`;
  const create =
    `docker service create --detach --quiet --no-resolve-image --network ${NAME} --mount type=tmpfs,destination=/data`;
  // Whatever it says: a server that wants a password has answered, too.
  const ping = (host: string): string => `timeout 2 redis-cli -h ${host} ping >/dev/null 2>&1`;
  const ask = `for try in $(seq 20); do
  ${ping(`tasks.${NAME}-server`)} && { ${ping(`${NAME}-server`)} || ${ping(`${NAME}-server`)}; exit; }
  sleep 0.5
done
exit ${NOT_SEEN}`;
  await tellManagers(
    nodes,
    cluster,
    `${remove}
docker network create --driver overlay ${NAME} >/dev/null && ${create} --name ${NAME}-server --endpoint-mode vip ${image} >/dev/null 2>&1 &&
  ${create} --name ${NAME}-client --restart-condition none ${image} sh -c '${ask}' >/dev/null 2>&1`,
  );
  const endpoint = await waitFor(async () => {
    const [task] = await listTasks(nodes, cluster, `${NAME}-client`);
    if (task?.state === 'Complete') return 'vip';
    if (task === undefined || !/^(Failed|Rejected)$/.test(task.state)) return undefined;
    return task.error.includes(`(${NOT_SEEN})`) ? 'silence' : 'dnsrr';
  }, {
    what: `the answer whether ${cluster.name} balances by its kernel`,
    withinMs: WITHIN_MS,
    everyMs: 500,
    signal,
  }).catch(async (error: Error) => {
    await askManagers(nodes, cluster, remove);
    throw error;
  });
  // A network goes only when its last task has.
  const isGone = askManagers(
    nodes,
    cluster,
    `${remove}; for second in 1 2 3 4 5; do docker network rm ${NAME} >/dev/null 2>&1 && break; sleep 1; done; true`,
    // What is left, the next trial takes away: it begins with that.
  ).then(() => {}, () => {});
  if (endpoint !== 'silence') return { endpoint, isGone };
  await isGone;
  throw new Error(
    `Cannot deploy on ${cluster.name}: its tasks do not reach each other; swarm.mjs check tells which way is closed`,
  );
}
