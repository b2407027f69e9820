/** `hello --classic`: a container on each node, by way of the manager, and where it was. */
import { classicNodesOf, isWell } from '../lib/classic-swarm.ts';
import type { Engine } from '../lib/engine.ts';
import { output, run } from '../lib/process.ts';
import { CLASSIC_PORT, engineOf } from '../lib/room/engines.ts';
import type { HelloOptions, Word } from './hello.ts';
import type { ClusterNodes } from './nodes.ts';

const WITHIN_MS = 120_000;

/** The constraint is how one tells a manager where. In the network of the machine, so that it knows its name. */
export function classicHelloCommand(image: string, node: string): string[] {
  return [
    ...['docker', 'run', '--detach', '--env', `constraint:node==${node}`, '--network', 'host'],
    ...[image, 'sh', '-c', 'echo "hello from $(hostname)"'],
  ];
}

export async function sayClassicHello(
  { nodes: own, name: cluster }: ClusterNodes,
  { image, signal }: HelloOptions,
): Promise<Word[]> {
  const manager = engineOf(own[0]!, CLASSIC_PORT);
  const seen = await classicNodesOf(manager, signal);
  if (seen.length === 0) throw new Error(`${cluster} has no classic manager that answers: swarm.mjs init --classic`);
  return await Promise.all(seen.map(async (node): Promise<Word> => {
    const { name, address, status, error } = node;
    const word: Word = { cluster, node: name ?? address, state: status, error, said: '' };
    if (name === undefined || !isWell(node)) return word;
    return { ...word, ...await runOn(name, { image, manager, signal }) };
  }));
}

interface RunOnOptions extends HelloOptions {
  readonly manager: Engine;
}

async function runOn(
  node: string,
  { image, manager: { env }, signal }: RunOnOptions,
): Promise<Omit<Word, 'cluster' | 'node'> & { readonly node?: string }> {
  const options = { env, withinMs: WITHIN_MS, signal };
  const begun = await run(classicHelloCommand(image, node), options);
  if (begun.code !== 0) return { state: 'Failed', error: reasonIn(begun.stderr), said: '' };
  const id = begun.stdout.trim();
  try {
    const code = await output(['docker', 'wait', id], options);
    const text = await output(['docker', 'logs', id], options);
    // Not what it was told, but what it knows of where the container is.
    const where = await output(['docker', 'inspect', '--format', '{{.Node.Name}}', id], options);
    if (code !== '0') return { node: where, state: 'Failed', error: `it ended with ${code}`, said: text };
    return { node: where, state: 'Complete', error: '', said: text };
  } finally {
    await run(['docker', 'rm', '--force', '--volumes', id], { env });
  }
}

/** Of several lines, of which the last one names the help. */
function reasonIn(said: string): string {
  return /^docker: (?:Error response from daemon: )?(.*)$/m.exec(said)?.[1] ?? said.trim();
}
