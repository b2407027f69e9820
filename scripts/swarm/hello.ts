/** `hello`: the first thing that a Swarm does: a word from every node, and who has said it. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { parseImageName } from '../lib/image-name.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { shWord } from '../lib/sh-word.ts';
import { formatTable } from '../lib/table.ts';
import { waitFor } from '../lib/wait.ts';
import { classicHelloCommand, sayClassicHello } from './classic-hello.ts';
import { type ClusterNodes, type Nodes, openNodes } from './nodes.ts';
import { askManagers, listNodes, tellManagers } from './ready.ts';
import { listTasks } from './tasks.ts';

/** It is on every machine of a room: warm brings it. */
const IMAGE = 'redis:7.4.2';
const SERVICE = 'coinroom-hello';
const WITHIN_MS = 120_000;

const flags = {
  ...stepFlags,
  image: { type: 'string', default: IMAGE },
  classic: { type: 'boolean' },
} as const;

export interface Word {
  readonly cluster: string;
  readonly node: string;
  /** `Complete`, or how far it has come. */
  readonly state: string;
  readonly error: string;
  readonly said: string;
}

export const hello = verb(flags, async ({ values, positionals: selectors, signal }) => {
  const image = parseImageName(values.image, IMAGE);
  const nodes = await openNodes({ step: 'hello', values, selectors, signal });
  if (values['dry-run']) {
    const command = values.classic ? classicHelloCommand(image, 'NODE').map(shWord).join(' ') : createCommand(image);
    print(
      values,
      nodes.clusters.map(({ name }) => name),
      nodes.clusters.map(({ name }) => `${name}: ${command}`).join('\n'),
    );
    return EXIT.done;
  }
  const say = async (cluster: ClusterNodes): Promise<Word[]> =>
    values.classic
      ? await sayClassicHello(cluster, { image, signal })
      : await sayHello(nodes, cluster, { image, signal });
  const words = (await Promise.all(nodes.clusters.map(say))).flat();
  const bad = words.filter(({ state }) => state !== 'Complete');
  const rows = [...bad, ...words.filter((word) => !bad.includes(word))].map(({ cluster, node, state, said, error }) => [
    ...[cluster, node, state === 'Complete' ? 'done' : state.toUpperCase(), said || error],
  ]);
  print(
    values,
    words,
    `${formatTable(['cluster', 'node', 'state', 'says'], rows)}\n${
      words.length - bad.length
    } of ${words.length} nodes have said it`,
  );
  return bad.length === 0 && words.length > 0 ? EXIT.done : EXIT.failed;
});

/** Global: one on each node. It ends, and is not started again. */
function createCommand(image: string): string {
  const options = ['--detach', '--quiet', '--name', SERVICE, '--mode', 'global', '--restart-condition', 'none'];
  const name = `--hostname '{{.Node.Hostname}}'`;
  // The engine's own logs of it are read afterwards, so it goes slowly enough to be seen.
  return `docker service create ${options.join(' ')} ${name} ${shWord(image)} sh -c 'echo "hello from $(hostname)"'`;
}

export interface HelloOptions {
  readonly image: string;
  readonly signal: AbortSignal;
}

async function sayHello(nodes: Nodes, cluster: ClusterNodes, { image, signal }: HelloOptions): Promise<Word[]> {
  const count = (await listNodes(nodes, cluster))?.filter(({ Status, Availability }) =>
    Status === 'Ready' && Availability === 'Active'
  ).length;
  if (count === undefined) throw new Error(`${cluster.name} has no manager that answers: swarm.mjs init`);
  const remove = `docker service rm ${SERVICE} >/dev/null 2>&1`;
  await tellManagers(nodes, cluster, `${remove}; ${createCommand(image)}`);
  try {
    const tasks = await waitFor(async () => {
      const found = await listTasks(nodes, cluster, SERVICE);
      const isOver = found.length >= count && found.every(({ state }) => /^(Complete|Failed|Rejected)$/.test(state));
      return isOver ? found : undefined;
    }, { what: `every node of ${cluster.name} to say hello`, withinMs: WITHIN_MS, everyMs: 500, signal });
    const logs = await askManagers(nodes, cluster, `docker service logs --raw ${SERVICE} 2>&1`) ?? '';
    return tasks.map(({ node, state, error }) => ({
      ...{ cluster: cluster.name, node, state, error },
      said: logs.split('\n').find((line) => line.trim() === `hello from ${node}`)?.trim() ?? '',
    }));
  } finally {
    await askManagers(nodes, cluster, remove);
  }
}
