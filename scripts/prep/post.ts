/** `post`: from "we can log in" to a machine as the workshop needs it, by the steps of a file, and with this repository. */
import { existsSync, readFileSync } from 'node:fs';
import { EXIT, print, verb } from '../lib/command-line.ts';
import type { Result } from '../lib/fan-out/fan-out.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { needPrograms } from '../lib/process.ts';
import { KNOWN_HOSTS } from '../lib/room/journal.ts';
import type { Machine } from '../lib/room/room.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { type ClusterKey, clusterKey } from './cluster-keys.ts';
import { limitsOf, stepFlags } from './flags.ts';
import { asRoot, findLogins } from './logins.ts';
import { assertNumbered, choose, openRoom, type Room } from './open-room.ts';
import { reach } from './reach.ts';
import { headCommit, placeRepository, toldOf } from './repository.ts';
import { runStep } from './step.ts';
import { type PostStep, readSteps } from './steps.ts';
import { readStepWords, stepsScript, type StepWord } from './steps-script.ts';

const flags = { ...stepFlags, steps: { type: 'string' } } as const;

export const post = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('ssh', 'git');
  const steps = await readSteps(values.steps);
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = choose(room, selectors, { step: 'post', ...values });
  if (values['dry-run']) {
    const plan = machines.flatMap((machine) =>
      stepsOf(steps, machine).map(({ name, do: script }) => ({ name: machine.name, step: name, script }))
    );
    const indent = (script: string): string => script.trimEnd().replaceAll(/^/gm, '    ');
    print(values, plan, plan.map(({ name, step, script }) => `${name}: ${step}\n${indent(script)}`).join('\n'));
    return EXIT.done;
  }
  await headCommit();
  const limits = limitsOf(values, '30m');
  const connections = reach(room, values, limits);
  const logins = await findLogins(machines, { ...limits, step: 'post', connections, signal });
  const keys = await keysOf(machines);
  const results = await runStep(asRoot(machines), {
    ...{ ...limits, step: 'post', args: selectors, connections, signal },
    script: (machine) => {
      const login = logins.get(machine.name);
      if (login === undefined) return NO_LOGIN;
      const input = inputFor(machine, { room, login, key: keys.get(machine.cluster.name)! });
      return stepsScript({ steps: stepsOf(steps, machine), ...input });
    },
  });
  const words = new Map(results.map(({ target, stdout }) => [target.name, readStepWords(stdout.text())]));
  const changed = [...words.values()].flatMap((own) => [...own.values()]).filter((word) => word === 'done').length;
  const data = results.map(({ target: { name, host }, end, detail }) => ({
    ...{ name, address: host.address, end, detail },
    steps: Object.fromEntries(words.get(name) ?? []),
  }));
  // Whoever is logged in stays in the groups of that time.
  await connections.close(machines.filter(({ name }) => [...words.get(name)!.values()].includes('done')).map(hostOf));
  const firsts = machines.filter(({ node }, at) => node === 1 && results[at]!.end === 'done');
  const placed = await placeRepository(firsts, { room, values, selectors, signal });
  const told = [
    changed === 0 ? 'Nothing was changed' : `Made: ${countInWords(changed, 'step')}`,
    ...(placed.results.some(({ end }) => end !== 'done') ? [formatResults(placed.results)] : []),
    ...(firsts.length === 0 ? [] : [`node1 of ${countInWords(firsts.length, 'cluster')}: ${toldOf(placed.sent)}`]),
  ];
  print(values, data, `${formatSteps(steps, results, words)}\n\n${formatResults(results)}\n${told.join('\n')}`);
  return exitCodeOf([...results, ...placed.results]);
});

const hostOf = ({ host }: Machine): Machine['host'] => host;

/** Who the user is, a login as that user has to tell. */
const NO_LOGIN = `echo 'its user cannot log in by a key: prep.mjs copykey' >&2; exit 1`;

function stepsOf(steps: readonly PostStep[], { node }: Machine): PostStep[] {
  return steps.filter(({ on }) => on === 'all' || node === 1);
}

async function keysOf(machines: readonly Machine[]): Promise<Map<string, ClusterKey>> {
  const recorded = existsSync(KNOWN_HOSTS) ? readFileSync(KNOWN_HOSTS, 'utf8') : '';
  const clusters = new Map(machines.map(({ cluster }) => [cluster.name, cluster]));
  const keys = new Map<string, ClusterKey>();
  for (const [name, cluster] of clusters) keys.set(name, await clusterKey(cluster, recorded));
  return keys;
}

interface Inputs {
  readonly room: Room;
  readonly login: string;
  readonly key: ClusterKey;
}

function inputFor({ cluster, node }: Machine, { room: { settings }, login, key }: Inputs) {
  return {
    variables: {
      ...{ NODE: `node${node}`, CLUSTER: cluster.name, LOGIN: login },
      HOSTS: cluster.hosts.map(({ address }, at) => `${address} node${at + 1}`).join('\n'),
      ...{ TIMEZONE: settings.timezone, LOCALE: settings.locale, REGISTRY: settings.registry },
    },
    files: {
      CLUSTER_KEY: key.privateKey,
      CLUSTER_KEY_PUBLIC: key.authorized,
      CLUSTER_KNOWN_HOSTS: key.knownHosts,
    },
  };
}

/** A line a step: on how many machines it was so already, was made, failed. */
function formatSteps(
  steps: readonly PostStep[],
  results: readonly Result[],
  words: ReadonlyMap<string, ReadonlyMap<string, StepWord>>,
): string {
  const rows = steps.map(({ name }) => {
    const own = results.map(({ target }) => words.get(target.name)?.get(name));
    const count = (word: StepWord | undefined): string => String(own.filter((one) => one === word).length);
    return [name, count('already'), count('done'), count('failed'), count(undefined)];
  });
  return formatTable(['step', 'already', 'made', 'failed', 'not reached'], rows);
}
