/** `init`, `join` and `token`: a Swarm is formed by a first manager, and by tokens that say whom it lets in as what. */
import { EXIT, parseCount, print, UsageError, verb } from '../lib/command-line.ts';
import { type Result, withoutTrying } from '../lib/fan-out/fan-out.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { formatPlan, type PlannedScript } from '../lib/room/plan.ts';
import type { Machine } from '../lib/room/room.ts';
import { openRun } from '../lib/room/step.ts';
import { formatTable } from '../lib/table.ts';
import { UNCHANGED } from '../lib/words.ts';
import { initScript, type Invitation, joinScript, parseTokens, TOKENS_SCRIPT } from './form.ts';
import { initClassic } from './classic.ts';
import { type ClusterNodes, hasSome, type Nodes, openNodes, said } from './nodes.ts';
import { askManagers, listNodes, tellManagers, untilReady } from './ready.ts';
import { askStates } from './states.ts';

const initFlags = {
  ...stepFlags,
  managers: { type: 'string', default: '1' },
  classic: { type: 'boolean' },
  'swarm-image': { type: 'string' },
} as const;

export const init = verb(initFlags, async ({ values, positionals: selectors, signal }) => {
  if (values.classic) return await initClassic({ values, selectors, signal });
  if (values['swarm-image'] !== undefined) throw new UsageError('--swarm-image is for init --classic');
  const managers = parseCount('--managers', values.managers, { least: 1, most: 7 });
  if (managers % 2 === 0) {
    throw new UsageError(`--managers must be odd: of ${managers}, no more may fail than of ${managers - 1}`);
  }
  const nodes = await openNodes({ step: 'swarm init', values, selectors, signal });
  const firsts = nodes.clusters.map(({ nodes: own }) => own[0]!);
  if (values['dry-run']) {
    return plan(
      values,
      firsts.map((machine) => ({ name: machine.name, step: 'first manager', script: initScript(machine) })),
    );
  }
  const few = nodes.clusters.find(({ nodes: own }) => own.length < managers);
  if (few) throw new UsageError(`${few.name} has ${few.nodes.length} nodes: it cannot have ${managers} managers`);
  const journal = openRun('swarm init', selectors);
  const begun = await nodes.ask(firsts, initScript);
  const others = nodes.clusters.flatMap(({ nodes: own }) => own.slice(1, managers));
  const joined = await joinAll(nodes, others, { as: 'manager' });
  const promoted = await promote(nodes, others);
  return await finish(nodes, [...begun, ...joined], { values, signal, journal, managers, promoted });
});

export const join = verb(stepFlags, async ({ values, positionals: selectors, signal }) => {
  const nodes = await openNodes({ step: 'swarm join', values, selectors, signal });
  const machines = nodes.machines.filter(({ node }) => node > 1);
  if (values['dry-run']) {
    const shown = { worker: '…', manager: '…', address: '…', nodeIds: [] };
    return plan(
      values,
      machines.map((machine) => ({
        name: machine.name,
        step: 'join as a worker',
        script: joinScript(machine, shown, false),
      })),
    );
  }
  const journal = openRun('swarm join', selectors);
  return await finish(nodes, await joinAll(nodes, machines, { as: 'worker' }), { values, signal, journal });
});

const tokenFlags = { ...stepFlags, rotate: { type: 'boolean' }, manager: { type: 'boolean' } } as const;

/** Shows what lets a machine in: it is asked for by a person. */
export const token = verb(tokenFlags, async ({ values, positionals: selectors, signal }) => {
  const nodes = await openNodes({ step: 'token', values, selectors, signal });
  const role = values.manager ? 'manager' : 'worker';
  const command = `docker swarm join-token ${
    values.rotate ? '--rotate ' : ''
  }--quiet ${role} && docker info --format '{{.Swarm.NodeAddr}}'`;
  if (values['dry-run']) {
    return plan(
      values,
      nodes.clusters.map(({ nodes: own }) => ({ name: own[0]!.name, step: 'token', script: command })),
    );
  }
  const found = await Promise.all(nodes.clusters.map(async (cluster) => {
    const text = await askManagers(nodes, cluster, command);
    const [secret, address] = text?.split('\n') ?? [];
    return { cluster: cluster.name, role, token: secret ?? null, address: address ?? null };
  }));
  const lines = found.map(({ cluster, token: secret, address }) =>
    secret === null
      ? `${cluster}: it has no manager that answers: swarm.mjs init`
      : `${cluster}: docker swarm join --token ${secret} ${address}:2377`
  );
  print(values, found, lines.join('\n'));
  return found.every(({ token: secret }) => secret !== null) ? EXIT.done : EXIT.failed;
});

/** Those that have been workers until now; gives how many. */
async function promote(nodes: Nodes, machines: readonly Machine[]): Promise<number> {
  const states = await askStates(nodes, machines);
  let count = 0;
  for (const cluster of nodes.clusters) {
    const ids = cluster.nodes.flatMap(({ name }) => {
      const state = states.get(name);
      return state?.state === 'active' && !state.isManager ? [state.nodeId] : [];
    });
    if (ids.length > 0) await tellManagers(nodes, cluster, `docker node promote ${ids.join(' ')}`);
    count += ids.length;
  }
  return count;
}

async function joinAll(
  nodes: Nodes,
  machines: readonly Machine[],
  { as: role }: { readonly as: 'worker' | 'manager' },
): Promise<Result[]> {
  const invitations = await invite(nodes, nodes.clusters.filter((cluster) => hasSome(cluster, machines)));
  const invited = machines.filter(({ cluster }) => invitations.has(cluster.name));
  const results = await nodes.ask(
    invited,
    (machine) => joinScript(machine, invitations.get(machine.cluster.name)!, role === 'manager'),
  );
  const byName = new Map(results.map((result) => [result.target.name, result]));
  return machines.map((machine) =>
    byName.get(machine.name) ??
      withoutTrying(machine, 'failed', 'its cluster has no manager that answers: swarm.mjs init')
  );
}

async function invite(nodes: Nodes, clusters: readonly ClusterNodes[]): Promise<Map<string, Invitation>> {
  const found = await Promise.all(clusters.map(async (cluster) => {
    const text = await askManagers(nodes, cluster, TOKENS_SCRIPT);
    return text === undefined ? [] : [[cluster.name, parseTokens(text)] as const];
  }));
  return new Map(found.flat());
}

interface FinishOptions {
  readonly values: { readonly json?: boolean | undefined };
  readonly signal: AbortSignal;
  readonly journal: ReturnType<typeof openRun>;
  /** How many of each cluster there are to be; 1. */
  readonly managers?: number;
  /** How many nodes have become managers; 0. */
  readonly promoted?: number;
}

/** Waits until the nodes are seen by their managers, and shows what these see. */
async function finish(nodes: Nodes, results: readonly Result[], options: FinishOptions): Promise<number> {
  const { values, signal, journal, managers = 1, promoted = 0 } = options;
  results.forEach(journal.record);
  journal.close();
  const done = new Set(results.filter(({ end }) => end === 'done').map(({ target }) => target.name));
  const joined = (cluster: ClusterNodes): number => cluster.nodes.filter(({ name }) => done.has(name)).length;
  const well = nodes.clusters.filter((cluster) => joined(cluster) > 0);
  await untilReady(nodes, well, { signal, count: joined, managers });
  const seen = await Promise.all(
    well.map(async (cluster) => ({ cluster: cluster.name, nodes: await listNodes(nodes, cluster) ?? [] })),
  );
  const made = results.filter((result) => said(result) === 'made').length;
  const rows = seen.flatMap(({ cluster, nodes: own }) =>
    own.map(({ Hostname, Status, Availability, ManagerStatus, EngineVersion }) => [
      ...[cluster, Hostname, Status, Availability, ManagerStatus || 'worker', EngineVersion],
    ])
  );
  const told = [
    formatResults(results),
    ...(rows.length === 0
      ? []
      : ['', formatTable(['cluster', 'node', 'state', 'takes tasks', 'manages', 'engine'], rows), '']),
    ...(made > 0 ? [`${made} of them are new in their Swarm`] : []),
    ...(promoted > 0 ? [`${promoted} of them have become managers`] : []),
    ...(made + promoted === 0 ? [UNCHANGED] : []),
  ];
  print(values, { machines: results.map(asData), clusters: seen, made }, told.join('\n'));
  return exitCodeOf(results);
}

function asData(result: Result) {
  const { target: { name, host }, end, detail } = result;
  return { name, address: host.address, end, detail, was: said(result) ?? null };
}

function plan(values: { readonly json?: boolean | undefined }, scripts: readonly PlannedScript[]): number {
  print(values, scripts, formatPlan(scripts));
  return EXIT.done;
}
