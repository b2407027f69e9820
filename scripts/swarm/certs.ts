/** `certs`: the engines of a cluster listen for whoever has its certificate, and for nobody else. And the proof of it. */
import { X509Certificate } from 'node:crypto';
import { EXIT, parseCount, print, verb } from '../lib/command-line.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { needPrograms } from '../lib/process.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { formatPlan } from '../lib/room/plan.ts';
import type { Machine } from '../lib/room/room.ts';
import { formatSteps, outcomeData, planSteps, runStepsOn, type StepsOutcome } from '../lib/room/run-steps.ts';
import { formatTable } from '../lib/table.ts';
import { UNCHANGED } from '../lib/words.ts';
import { type Authority, openAuthority } from './authority.ts';
import { type ClusterNodes, hasSome, openNodes } from './nodes.ts';
import { type Fate, type Proof, proveTls } from './proof.ts';
import { untilReady } from './ready.ts';
import { askStates } from './states.ts';
import { TLS_STEPS } from './tls-steps.ts';

const flags = { ...stepFlags, days: { type: 'string', default: '30' }, rotate: { type: 'boolean' } } as const;

export const certs = verb(flags, async ({ values, positionals: selectors, signal }) => {
  const days = parseCount('--days', values.days, { least: 1, most: 3650 });
  await needPrograms('openssl', 'docker');
  const nodes = await openNodes({ step: 'swarm certs', values, selectors, signal });
  const { machines, room } = nodes;
  if (values['dry-run']) {
    const plan = planSteps(TLS_STEPS, machines);
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }
  const authorities = new Map<string, Authority>();
  for (const cluster of nodes.clusters) {
    authorities.set(cluster.name, await openAuthority(cluster, { days, rotate: values.rotate ?? false }));
  }
  const install = async (some: readonly Machine[]): Promise<StepsOutcome> =>
    await runStepsOn(some, {
      ...{ room, values, signal, step: 'swarm certs', args: selectors, steps: TLS_STEPS, root: 'sudo', within: '10m' },
      inputFor: (machine, login) => inputFor(machine, login, authorities.get(machine.cluster.name)!),
    });
  // In a Swarm an engine that is started again is one that fails: one at a time, and only while the others are well.
  const states = await askStates(nodes, machines);
  const isBusy = ({ name }: Machine): boolean => states.get(name)?.state === 'active';
  const outcomes = [await install(machines.filter((machine) => !isBusy(machine)))];
  const busy = nodes.clusters.map(({ name, nodes: own }) => ({
    ...{ name, nodes: own.filter((machine) => isBusy(machine) && machines.includes(machine)) },
  }));
  const longest = Math.max(0, ...busy.map(({ nodes: own }) => own.length));
  for (let turn = 0; turn < longest; turn++) {
    const now = busy.flatMap(({ nodes: own }) => own[turn] ?? []);
    const outcome = await install(now);
    outcomes.push(outcome);
    if (outcome.changed > 0) {
      await untilReady(nodes, nodes.clusters.filter((cluster) => hasSome(cluster, now)), { signal });
    }
  }
  const outcome = merge(machines, outcomes);
  const proofs = new Map(
    (await inParallel(machines, 16, async (machine): Promise<[string, Proof]> => [
      machine.name,
      await proveTls(machine.host.address, authorities.get(machine.cluster.name)!.clientFolder, signal),
    ])).flatMap((settled) => settled.status === 'fulfilled' ? [settled.value] : []),
  );
  return report(values, { machines, outcome, proofs, authorities, clusters: nodes.clusters });
});

function inputFor(machine: Machine, login: string, authority: Authority) {
  const { certificate, key } = authority.serverOf(machine);
  return {
    variables: { LOGIN: login },
    files: {
      ...{ CA: authority.ca, SERVER_CERT: certificate, SERVER_KEY: key },
      ...{ CLIENT_CERT: authority.client.certificate, CLIENT_KEY: authority.client.key },
    },
  };
}

function merge(machines: readonly Machine[], outcomes: readonly StepsOutcome[]): StepsOutcome {
  const byName = new Map(outcomes.flatMap(({ results }) => results).map((result) => [result.target.name, result]));
  return {
    results: machines.map(({ name }) => byName.get(name)!),
    words: new Map(outcomes.flatMap(({ words }) => [...words])),
    changed: outcomes.reduce((sum, { changed }) => sum + changed, 0),
  };
}

interface Report {
  readonly machines: readonly Machine[];
  readonly outcome: StepsOutcome;
  readonly proofs: ReadonlyMap<string, Proof>;
  readonly authorities: ReadonlyMap<string, Authority>;
  readonly clusters: readonly ClusterNodes[];
}

function report(
  values: { readonly json?: boolean | undefined },
  { machines, outcome, proofs, authorities, clusters }: Report,
): number {
  const isProved = ({ version, others, inClear }: Proof): boolean =>
    version !== undefined && others === 'refused' && inClear === 'refused';
  const shown = (fate: Fate): string => fate === 'let in' ? 'LET IN' : fate;
  const expiry = (machine: Machine): string =>
    new Date(new X509Certificate(authorities.get(machine.cluster.name)!.serverOf(machine).certificate).validTo)
      .toISOString().slice(0, 10);
  const rows = machines.map((machine) => {
    const proof = proofs.get(machine.name)!;
    return [
      ...[machine.name, machine.host.address, proof.version ?? `REFUSED: ${proof.trouble}`],
      ...[shown(proof.others), shown(proof.inClear), expiry(machine)],
    ];
  });
  const well = [...proofs.values()].filter(isProved).length;
  const told = [
    formatSteps(TLS_STEPS, outcome),
    '',
    formatResults(outcome.results),
    '',
    formatTable(['node', 'address', 'with the certificate', 'without', 'in clear', 'good until'], rows),
    ...(outcome.changed === 0 ? [UNCHANGED] : []),
    `${well} of ${machines.length} engines let in who has the certificate of their cluster, and nobody else`,
    ...clusters.map(({ name }) =>
      `The certificates of ${name}, and the key of their authority: for you alone, in .workshop/swarm/${name}`
    ),
    'Until 2019, docker-machine create did all of this, and told nobody: it made the authority, signed, and told the engine.',
  ];
  const data = {
    machines: outcomeData(outcome).map((one, at) => ({
      ...one,
      proof: proofs.get(one.name),
      until: expiry(machines[at]!),
    })),
  };
  print(values, data, told.join('\n'));
  return well === machines.length ? exitCodeOf(outcome.results) : EXIT.failed;
}
