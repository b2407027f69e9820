/** `cadvisor`: a page with the curves of all containers, on every node: a service that is global. */
import { CADVISOR_NAME, cadvisorImage } from '../lib/cadvisor.ts';
import { EXIT, parseCount, print, verb } from '../lib/command-line.ts';
import { bracketed } from '../lib/engine.ts';
import { parseImageName } from '../lib/image-name.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { parseTime } from '../lib/parse-time.ts';
import type { Machine } from '../lib/room/room.ts';
import { formatTable } from '../lib/table.ts';
import { waitFor } from '../lib/wait.ts';
import { UNCHANGED } from '../lib/words.ts';
import {
  type CadvisorService,
  creation,
  findFolders,
  MADE_AS,
  madeAs,
  REMOVAL,
  usualFolders,
} from './cadvisor-service.ts';
import { untilConverged } from './converge.ts';
import { type ClusterNodes, type Nodes, openNodes, said } from './nodes.ts';
import { listNodes, tellManagers } from './ready.ts';
import { askStates } from './states.ts';

/** Not --port: that is the one by which the machines are reached. */
const flags = {
  ...stepFlags,
  image: { type: 'string' },
  'cadvisor-port': { type: 'string', default: '8080' },
  remove: { type: 'boolean' },
} as const;

/** Its container has some seconds to end in order. */
const GONE_WITHIN_MS = 60_000;

interface Outcome {
  readonly cluster: string;
  readonly changed: boolean;
  /** Folders that it does not see. */
  readonly leftOut: readonly string[];
  readonly pages: readonly { readonly node: string; readonly url: string }[];
}

export const cadvisor = verb(flags, async ({ values, positionals: selectors, signal }) => {
  const image = parseImageName(cadvisorImage(values.image), cadvisorImage(undefined, {}));
  const port = parseCount('--cadvisor-port', values['cadvisor-port'], { least: 1, most: 65_535 });
  const nodes = await openNodes({ step: 'swarm cadvisor', values, selectors, signal });
  if (values['dry-run']) {
    const command = values.remove ? REMOVAL : creation({ image, port, folders: usualFolders() });
    const plan = nodes.clusters.map(({ name }) => ({ cluster: name, command }));
    print(values, plan, plan.map((one) => `${one.cluster}: ${one.command}`).join('\n'));
    return EXIT.done;
  }
  const withinMs = parseTime('--within', values.within ?? '5m');
  const outcomes = await Promise.all(nodes.clusters.map(async (cluster): Promise<Outcome> => {
    if (!values.remove) return await ensure(nodes, cluster, { image, port, withinMs, signal });
    const changed = await remove(nodes, cluster, signal);
    return { cluster: cluster.name, changed, leftOut: [], pages: [] };
  }));
  print(values, outcomes, [...tell(outcomes, values.remove ?? false)].join('\n'));
  return EXIT.done;
});

function* tell(outcomes: readonly Outcome[], isRemoval: boolean): Generator<string> {
  const pages = outcomes.flatMap((outcome) => outcome.pages);
  if (pages.length > 0) yield formatTable(['node', 'cAdvisor is at'], pages.map(({ node, url }) => [node, url]));
  for (const { cluster, leftOut } of outcomes) {
    if (leftOut.length > 0) yield `LEFT OUT: ${cluster}: ${leftOut.join(', ')}: not on every node`;
  }
  const changed = outcomes.filter((outcome) => outcome.changed).map(({ cluster }) => cluster);
  yield changed.length === 0 ? UNCHANGED : `${isRemoval ? 'Removed from' : 'Started on'} ${changed.join(', ')}`;
}

interface EnsureOptions extends Pick<CadvisorService, 'image' | 'port'> {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

async function ensure(
  nodes: Nodes,
  cluster: ClusterNodes,
  { image, port, withinMs, signal }: EnsureOptions,
): Promise<Outcome> {
  const { name } = cluster;
  const { folders, leftOut } = await findFolders(nodes, cluster);
  const service = { image, port, folders };
  const found = await look(nodes, cluster);
  const changed = found !== madeAs(service);
  if (changed) {
    // Made anew: any part of it may be another, and for each docker has an update of its own.
    if (found !== undefined) await remove(nodes, cluster, signal);
    await tellManagers(nodes, cluster, creation(service));
  }
  const seen = await listNodes(nodes, cluster) ?? [];
  const ready = new Set(
    seen.filter(({ Status, Availability }) => Status === 'Ready' && Availability === 'Active').map(({ ID }) => ID),
  );
  await untilConverged(nodes, cluster, { wanted: { service: CADVISOR_NAME }, withinMs, signal });
  const states = await askStates(nodes, cluster.nodes);
  const pages = cluster.nodes.filter((machine) => ready.has(states.get(machine.name)?.nodeId ?? ''))
    .map((machine) => ({ node: machine.name, url: pageOf(machine, port) }));
  return { cluster: name, changed, leftOut, pages };
}

function pageOf({ host: { address } }: Machine, port: number): string {
  return `http://${bracketed(address)}:${port}/`;
}

/** As what the service was made; undefined where there is none. @throws Error for one that is not ours */
async function look(nodes: Nodes, cluster: ClusterNodes): Promise<string | undefined> {
  const format = `found {{index .Spec.Labels "${MADE_AS}"}}`;
  const inspect = `docker service inspect --format '${format}' ${CADVISOR_NAME} 2>/dev/null || true`;
  const text = await tellManagers(nodes, cluster, inspect);
  if (text === '') return undefined;
  const made = text.slice('found '.length).trim();
  if (made !== '') return made;
  throw new Error(
    `Cannot change ${CADVISOR_NAME} on ${cluster.name}: a service that swarm.mjs has not made is in its place`,
  );
}

/** Whether there was one; done when no node has a container of it. */
async function remove(nodes: Nodes, cluster: ClusterNodes, signal: AbortSignal): Promise<boolean> {
  if (await look(nodes, cluster) === undefined) return false;
  await tellManagers(nodes, cluster, REMOVAL);
  const ids = `docker ps --all --quiet --filter label=com.docker.swarm.service.name=${CADVISOR_NAME}`;
  await waitFor(async () => {
    // Who does not answer is not waited for.
    const left = (await nodes.ask(cluster.nodes, ids)).filter((result) => (said(result) ?? '') !== '');
    return left.length === 0 ? true : undefined;
  }, { what: `cAdvisor to end on ${cluster.name}`, withinMs: GONE_WITHIN_MS, everyMs: 500, signal });
  return true;
}
