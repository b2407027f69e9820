/**
 * `init --classic`: the Swarm of before swarm mode, one more container that hands on what it is asked
 * to all engines of a cluster. There is no token and nobody joins: the manager is told where the engines are, and has a
 * certificate that lets it in.
 */
import { EXIT, print, UsageError } from '../lib/command-line.ts';
import { type ClassicNode, classicNodesOf, isWell } from '../lib/classic-swarm.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { parseImageName } from '../lib/image-name.ts';
import { needPrograms } from '../lib/process.ts';
import { assertCertified, CLASSIC_PORT, engineOf } from '../lib/room/engines.ts';
import type { StepValues } from '../lib/room/flags.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { formatSteps, outcomeData, runStepsOn } from '../lib/room/run-steps.ts';
import { shWord } from '../lib/sh-word.ts';
import { formatTable } from '../lib/table.ts';
import { waitFor } from '../lib/wait.ts';
import { countInWords, UNCHANGED } from '../lib/words.ts';
import { openManagerPair } from './authority.ts';
import { MANAGER, MANAGER_STEPS, managerArguments } from './classic-manager.ts';
import { type ClusterNodes, type Nodes, openNodes, said } from './nodes.ts';

/** The last one that was made. */
const EXAMPLE = 'swarm:1.2.9';

/** As long as those of the nodes. */
const DAYS = 30;

/** An engine that is not there at its first look it looks for again after 30 s. */
const SEEN_WITHIN_MS = 90_000;

export interface ClassicValues extends StepValues {
  readonly 'swarm-image'?: string | undefined;
  readonly managers: string;
}

export interface ClassicCall {
  readonly values: ClassicValues;
  readonly selectors: readonly string[];
  readonly signal: AbortSignal;
}

export async function initClassic({ values, selectors, signal }: ClassicCall): Promise<number> {
  const image = parseImageName(values['swarm-image'], EXAMPLE, '--swarm-image');
  if (values.managers !== '1') throw new UsageError('--managers is for swarm mode: a classic Swarm has one here');
  const nodes = await openNodes({ step: 'swarm init', values, selectors, signal });
  const firsts = nodes.clusters.map(({ nodes: own }) => own[0]!);
  const addressesOf = ({ nodes: own }: ClusterNodes): string[] => own.map(({ host }) => host.address);
  if (values['dry-run']) {
    const pair = { ca: '', certificate: '', key: '' };
    const plan = nodes.clusters.flatMap((cluster) =>
      MANAGER_STEPS.map(({ name: step, do: script }) => ({
        ...{ name: cluster.nodes[0]!.name, step },
        script: script.replace(
          'eval "docker run $ARGUMENTS"',
          () =>
            `docker run ${managerArguments({ image, addresses: addressesOf(cluster), pair }).map(shWord).join(' ')}`,
        ),
      }))
    );
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }
  await needPrograms('openssl', 'docker');
  for (const { name } of nodes.clusters) assertCertified(name);
  const inputs = new Map(
    await Promise.all(nodes.clusters.map(async (cluster) => {
      const pair = await openManagerPair(cluster, DAYS);
      const args = managerArguments({ image, addresses: addressesOf(cluster), pair });
      return [cluster.name, { pair, args: args.map(shWord).join(' ') }] as const;
    })),
  );
  const outcome = await runStepsOn(firsts, {
    ...{ room: nodes.room, values, signal, step: 'swarm init', args: selectors, steps: MANAGER_STEPS, root: 'sudo' },
    within: '10m',
    inputFor: ({ cluster }, login) => {
      const { pair, args } = inputs.get(cluster.name)!;
      return {
        variables: { LOGIN: login, ARGUMENTS: args },
        files: { CA: pair.ca, CERT: pair.certificate, KEY: pair.key },
      };
    },
  });
  const made = outcome.results.filter(({ end }) => end === 'done').map(({ target }) => target.name);
  const looks = await Promise.all(
    nodes.clusters.filter(({ nodes: own }) => made.includes(own[0]!.name)).map((cluster) =>
      untilSeen(nodes, cluster, signal)
    ),
  );
  const complaints = looks.flatMap(({ complaint }) => complaint ?? []);
  const told = [
    formatSteps(MANAGER_STEPS, outcome),
    ...['', formatResults(outcome.results)],
    ...(looks.length === 0 ? [] : ['', formatLooks(looks)]),
    ...complaints,
    ...(outcome.changed === 0 && made.length === firsts.length ? [UNCHANGED] : []),
  ];
  print(values, { machines: outcomeData(outcome), clusters: looks, changed: outcome.changed }, told.join('\n'));
  return complaints.length > 0 ? EXIT.failed : exitCodeOf(outcome.results);
}

function formatLooks(looks: readonly Look[]): string {
  const rows = looks.flatMap(({ cluster, seen }) =>
    seen.map(({ name, address, status, containers, version, error }) => [
      ...[cluster, name ?? 'not seen', address, status, String(containers), version, error],
    ])
  );
  const well = looks.flatMap(({ seen }) => seen).filter(isWell).length;
  const table = formatTable(['cluster', 'node', 'address', 'state', 'containers', 'engine', 'why'], rows);
  return `${table}\n${countInWords(well, 'node')} seen by ${countInWords(looks.length, 'manager')}`;
}

interface Look {
  readonly cluster: string;
  readonly seen: readonly ClassicNode[];
  /** What the manager does not get to; undefined: it sees all nodes. */
  readonly complaint: string | undefined;
}

/** Waits until the manager of a cluster sees all its nodes; gives what it sees then, or in the end. */
async function untilSeen(nodes: Nodes, cluster: ClusterNodes, signal: AbortSignal): Promise<Look> {
  const { name, nodes: own } = cluster;
  const manager = engineOf(own[0]!, CLASSIC_PORT);
  let seen: readonly ClassicNode[] = [];
  const look = async (): Promise<true | undefined> => {
    seen = await classicNodesOf(manager, signal);
    return seen.filter(isWell).length >= own.length ? true : undefined;
  };
  try {
    await waitFor(look, {
      ...{ what: `the manager of ${name} to see all its nodes`, withinMs: SEEN_WITHIN_MS, everyMs: 500, signal },
    });
    return { cluster: name, seen, complaint: undefined };
  } catch (error) {
    signal.throwIfAborted();
    const [result] = await nodes.ask([own[0]!], `docker logs --tail 3 ${MANAGER} 2>&1`);
    const lines = said(result!) || 'it has said nothing';
    return { cluster: name, seen, complaint: `${(error as Error).message}. Its last lines:\n${lines}` };
  }
}
