/** What the tasks on each node use of its processor, and how fast a stack of the miner mines: asked on the nodes themselves. */
import { shWord } from '../lib/sh-word.ts';
import { type ClusterNodes, type Nodes, said } from './nodes.ts';

export interface Uses {
  /** By the name of the machine; 100 is one core. Without those that could not be asked. */
  readonly cpuPercent: ReadonlyMap<string, number>;
  /** Undefined where no webui of the stack answers. */
  readonly mining: Mining | undefined;
}

export interface Mining {
  /** Hashes a second, over the last ten seconds. */
  readonly hashSpeed: number;
  readonly coins: number;
  readonly workers: number;
}

const PAGE =
  `fetch('http://127.0.0.1:' + (process.env.PORT || 8000) + '/json').then(async (page) => console.log(await page.text()))`;

/** `docker stats` looks twice, a second or two apart. */
export async function askUses(nodes: Nodes, cluster: ClusterNodes, stack: string): Promise<Uses> {
  const label = `label=com.docker.swarm.service.name=${stack}_webui`;
  const results = await nodes.ask(
    cluster.nodes,
    `docker stats --no-stream --format '{{.CPUPerc}}' | awk '{ sum += $1 } END { print sum + 0 }' &
for task in $(docker ps --quiet --filter ${label} --filter status=running); do
  timeout 5 docker exec $task node -e ${shWord(PAGE)} 2>/dev/null && break
done
wait`,
  );
  const lines = results.map((result) => ({ name: result.target.name, lines: (said(result) ?? '').split('\n') }));
  const cpu = lines.flatMap(({ name, lines: own }) => {
    const number = own.find((line) => /^[\d.]+$/.test(line));
    return number === undefined ? [] : [[name, Number(number)] as const];
  });
  const page = lines.flatMap(({ lines: own }) => own.filter((line) => line.startsWith('{')))[0];
  return { cpuPercent: new Map(cpu), mining: page === undefined ? undefined : parseMining(page) };
}

function parseMining(page: string): Mining {
  const { hash_speed_10s: hashSpeed, coins, workers } = JSON.parse(page) as {
    readonly hash_speed_10s: number | null;
    readonly coins: number | null;
    readonly workers: readonly unknown[] | null;
  };
  return { hashSpeed: hashSpeed ?? 0, coins: coins ?? 0, workers: workers?.length ?? 0 };
}
