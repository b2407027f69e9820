/** `drain` and `activate`: whether a node takes tasks. */
import { EXIT, print, UsageError, type Verb, verb } from '../lib/command-line.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { waitFor } from '../lib/wait.ts';
import { countInWords, UNCHANGED } from '../lib/words.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { askManagers, listNodes, tellManagers } from './ready.ts';
import { askStates } from './states.ts';

/** Each task has its service's time to end in order. */
const EMPTY_WITHIN_MS = 120_000;

export const drain: Verb = availabilityVerb('drain');
export const activate: Verb = availabilityVerb('active');

function availabilityVerb(availability: 'drain' | 'active'): Verb {
  return verb(stepFlags, async ({ values, positionals: selectors, signal }) => {
    const step = availability === 'drain' ? 'drain' : 'activate';
    if (selectors.length === 0) throw new UsageError(`${step} takes nodes, such as c1:n2`);
    const nodes = await openNodes({ step, values, selectors, signal });
    const { machines } = nodes;
    if (values['dry-run']) {
      const names = machines.map(({ name }) => name);
      print(
        values,
        names,
        names.map((name) => `${name}: docker node update --availability ${availability}`).join('\n'),
      );
      return EXIT.done;
    }
    const states = await askStates(nodes, machines);
    const strangers = machines.filter(({ name }) => !states.get(name)?.nodeId).map(({ name }) => name);
    if (strangers.length > 0) throw new Error(`No nodes of a Swarm: ${strangers.join(', ')}`);
    const told: string[] = [];
    let changes = 0;
    for (const cluster of nodes.clusters) {
      const own = machines.filter((machine) => cluster.nodes.includes(machine));
      const seen = await listNodes(nodes, cluster) ?? [];
      const ids = own.map(({ name }) => states.get(name)!.nodeId);
      const isSo = (id: string): boolean =>
        seen.some(({ ID, Availability }) => ID === id && Availability.toLowerCase() === availability);
      changes += ids.filter((id) => !isSo(id)).length;
      const update = ids.map((id) => `docker node update --availability ${availability} ${id} >/dev/null`).join(' && ');
      await tellManagers(nodes, cluster, update);
      if (availability === 'drain') await untilEmpty(nodes, cluster, { ids, signal });
      const names = own.map(({ name }) => name).join(', ');
      told.push(
        availability === 'drain'
          ? `${names}: nothing runs there any more`
          : `${names}: takes tasks again, when there are new ones`,
      );
    }
    if (changes === 0) told.push(UNCHANGED);
    print(values, { availability, nodes: machines.map(({ name }) => name), changes }, told.join('\n'));
    return EXIT.done;
  });
}

async function untilEmpty(
  nodes: Nodes,
  cluster: ClusterNodes,
  { ids, signal }: { readonly ids: readonly string[]; readonly signal: AbortSignal },
): Promise<void> {
  await waitFor(async () => {
    const running = await askManagers(nodes, cluster, runningOn(ids));
    return running === '0' ? true : undefined;
  }, {
    ...{
      what: `the tasks of ${countInWords(ids.length, 'node')} of ${cluster.name} to end`,
      withinMs: EMPTY_WITHIN_MS,
    },
    ...{ everyMs: 1000, signal },
  });
}

function runningOn(ids: readonly string[]): string {
  return `docker node ps --format '{{.CurrentState}}' ${ids.join(' ')} | grep -c '^Running' || true`;
}
