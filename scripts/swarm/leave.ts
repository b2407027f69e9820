/** `leave`: the machines are as they were before: no Swarm, nothing of it, no certificate, no option of ours. */
import { confirm } from '../lib/ask.ts';
import { EXIT, print, verb } from '../lib/command-line.ts';
import { STACK_LABEL } from '../lib/container-names.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { needPrograms } from '../lib/process.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { formatPlan } from '../lib/room/plan.ts';
import type { Machine } from '../lib/room/room.ts';
import { runStepsOn } from '../lib/room/run-steps.ts';
import type { FileStep } from '../lib/room/steps.ts';
import { waitFor } from '../lib/wait.ts';
import { countInWords, UNCHANGED } from '../lib/words.ts';
import { forgetAuthority } from './authority.ts';
import { MANAGER_LEFT_SCRIPT, MANAGER_OFF_STEP } from './classic-manager.ts';
import { classicContextName, contextName, removeContext } from './context.ts';
import { type Nodes, openNodes, said } from './nodes.ts';
import { askManagers } from './ready.ts';
import { askStates, type NodeState } from './states.ts';
import { TLS_OFF_STEP } from './tls-steps.ts';

const flags = { ...stepFlags, yes: { type: 'boolean' }, 'keep-certs': { type: 'boolean' } } as const;

const NETWORK = 'docker_gwbridge';

/** Containers and networks of stacks go with the Swarm, their volumes do not. */
const LEAVE_STEP: FileStep = {
  ...{ name: 'no Swarm', as: 'root', on: 'all', withinS: 180 },
  check:
    `[ "$(docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ] && [ -z "$(docker network ls --quiet --filter name=^${NETWORK}$)" ] &&
  [ -z "$(docker volume ls --quiet --filter label=${STACK_LABEL})" ]`,
  do: `
# Those of an image have no name by which they could be found later.
tasks=$(docker ps --all --quiet --filter label=com.docker.swarm.service.id)
volumes=$([ -z "$tasks" ] || docker inspect --format '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}' $tasks)
[ "$(docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ] || docker swarm leave --force >/dev/null
# Its tasks take a moment to end.
for second in $(seq 60); do
  [ -z "$(docker ps --all --quiet --filter label=com.docker.swarm.service.id)" ] && break
  sleep 1
done
ids=$(docker ps --all --quiet --filter label=com.docker.swarm.service.id)
[ -z "$ids" ] || docker rm --force --volumes $ids >/dev/null
volumes="$volumes $(docker volume ls --quiet --filter label=${STACK_LABEL})"
for volume in $(printf '%s\\n' $volumes | sort -u); do
  # Some have gone with their task, and some are held for a moment longer.
  for second in $(seq 10); do
    docker volume inspect "$volume" >/dev/null 2>&1 || break
    docker volume rm "$volume" >/dev/null 2>&1 && break
    sleep 1
  done
done
[ -z "$(docker network ls --quiet --filter name=^${NETWORK}$)" ] || docker network rm ${NETWORK} >/dev/null`,
};

/** Waits until the last task has ended. */
const REMOVE_SERVICES = `
services=$(docker service ls --quiet)
[ -z "$services" ] || docker service rm $services >/dev/null
for second in $(seq 60); do
  docker node ps --format '{{.CurrentState}}' $(docker node ls --quiet) 2>/dev/null | grep -q '^Running' || break
  sleep 1
done`;

/** What may be left of a Swarm, a line each. */
const LEFT_SCRIPT = `
docker ps --all --filter label=com.docker.swarm.service.id --format 'container {{.Names}}'
docker network ls --filter scope=swarm --format 'network {{.Name}}'
docker network ls --filter name=^${NETWORK}$ --format 'network {{.Name}}'
docker volume ls --filter label=${STACK_LABEL} --format 'volume {{.Name}}'
${MANAGER_LEFT_SCRIPT}`;

/** Those without a name whose container is gone: an engine that was killed forgets whose they were. */
const NAMELESS_SCRIPT = `docker volume ls --quiet --filter dangling=true | grep -cxE '[0-9a-f]{64}' || true`;

export const leave = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('docker');
  const nodes = await openNodes({ step: 'swarm leave', values, selectors, signal });
  const { machines, room } = nodes;
  const steps = [MANAGER_OFF_STEP, LEAVE_STEP, ...(values['keep-certs'] ? [] : [TLS_OFF_STEP])];
  if (values['dry-run']) {
    const plan = machines.flatMap(({ name }) => steps.map(({ name: step, do: script }) => ({ name, step, script })));
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }
  const what = `${
    countInWords(machines.length, 'machine')
  } leave their Swarm; what runs on it ends, and its volumes go`;
  if (!(values.yes || await confirm(`${what}?`))) return EXIT.failed;
  const whole = nodes.clusters.filter(({ nodes: own }) => own.every((machine) => machines.includes(machine)));
  // In order, and before nodes go: else their tasks would begin again on those that are still there.
  await Promise.all(whole.map((cluster) => askManagers(nodes, cluster, REMOVE_SERVICES)));
  await demote(nodes, machines, signal);
  // The first manager last: as long as it is there, it knows who has gone.
  const turns = Math.max(...machines.map(({ node }) => node));
  const outcomes = [];
  for (let node = turns; node >= 1; node--) {
    const now = machines.filter((machine) => machine.node === node);
    outcomes.push(
      await runStepsOn(now, {
        ...{ room, values, signal, step: 'swarm leave', args: selectors, steps, root: 'sudo', within: '10m' },
        inputFor: (_machine, login) => ({ variables: { LOGIN: login }, files: {} }),
      }),
    );
  }
  const results = outcomes.flatMap((outcome) => outcome.results);
  const changed = outcomes.reduce((sum, outcome) => sum + outcome.changed, 0);
  const left = (await nodes.ask(machines, LEFT_SCRIPT)).flatMap((result) =>
    (said(result) ?? 'it cannot be asked').split('\n').filter((line) => line !== '').map((line) =>
      `LEFT: ${result.target.name}: ${line}`
    )
  );
  const nameless = (await nodes.ask(machines, NAMELESS_SCRIPT)).flatMap((result) => {
    const count = Number(said(result) ?? 0);
    return count === 0 ? [] : [
      `${result.target.name} has ${
        countInWords(count, 'volume')
      } without a name that nothing uses; see docker volume prune`,
    ];
  });
  if (!values['keep-certs'] && left.length === 0) {
    for (const { name } of whole) {
      for (const context of [contextName(name), classicContextName(name)]) await removeContext(context);
      forgetAuthority(name);
    }
  }
  const told = [
    formatResults(results),
    changed === 0 ? UNCHANGED : `${countInWords(changed, 'step')} were made`,
    ...nameless,
    ...(left.length === 0 ? ['Asked again, the engines have nothing left of it'] : left),
  ];
  const data = {
    machines: results.map(({ target, end, detail }) => ({ name: target.name, end, detail })),
    ...{ changed, left, nameless },
  };
  print(values, data, told.join('\n'));
  return left.length === 0 ? exitCodeOf(results) : EXIT.failed;
});

/** A manager that leaves without a word takes its vote along: with two of three, the last one waits for a majority in vain. */
async function demote(nodes: Nodes, machines: readonly Machine[], signal: AbortSignal): Promise<void> {
  const others = machines.filter(({ node }) => node > 1);
  const managers = async (): Promise<Map<string, NodeState | undefined>> =>
    new Map([...await askStates(nodes, others)].filter(([, state]) => state?.isManager));
  const before = await managers();
  if (before.size === 0) return;
  for (const cluster of nodes.clusters) {
    const ids = cluster.nodes.flatMap(({ name }) => before.get(name)?.nodeId ?? []);
    if (ids.length > 0) await askManagers(nodes, cluster, `docker node demote ${ids.join(' ')}`);
  }
  // One that has no majority any more cannot be asked to; it leaves as it is.
  await waitFor(async () => (await managers()).size === 0 || undefined, {
    ...{ what: 'managers to become workers', withinMs: DEMOTED_WITHIN_MS, everyMs: 500, signal },
  }).catch(() => signal.throwIfAborted());
}

const DEMOTED_WITHIN_MS = 15_000;
