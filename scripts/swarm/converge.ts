/** Waiting until a stack is as it was wished for; or knowing which task it is that does not get there, and why. */
import { createProgress } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { type ClusterNodes, type Nodes } from './nodes.ts';
import { askManagers } from './ready.ts';

export interface ServiceState {
  /** Without the name of the stack. */
  readonly name: string;
  readonly running: number;
  readonly wished: number;
  /** Of an update: `updating`, `completed`, `rollback_completed`, `paused` and so on; empty when there was none. */
  readonly update: string;
  readonly image: string;
}

/** A service that does not get well. */
export class SickServiceError extends Error {
  override name = 'SickServiceError';
}

const SEPARATOR = '\u001f';

/** Those of a stack; undefined where no manager answers. */
export async function listServices(
  nodes: Nodes,
  cluster: ClusterNodes,
  stack: string,
): Promise<ServiceState[] | undefined> {
  const format = ['.Name', '.Mode', '.Replicas', '.Image'].map((field) => `{{${field}}}`).join(SEPARATOR);
  const text = await askManagers(
    nodes,
    cluster,
    `docker node ls --format '{{.Status}} {{.Availability}}' | grep -c '^Ready Active$' || true
docker service ls --filter label=com.docker.stack.namespace=${stack} --format '${format}' |
while read -r line; do
  printf '%s${SEPARATOR}' "$line"
  docker service inspect --format '${STATUS}' "\${line%%${SEPARATOR}*}"
done`,
  );
  if (text === undefined) return undefined;
  const [ready, ...lines] = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name, mode, replicas, image, constraints, update] = line.split(SEPARATOR);
    const [running, wished] = /^(\d+)\/(\d+)/.exec(replicas!)!.slice(1).map(Number);
    // Of those that are to be everywhere docker counts no node where one has failed just now.
    const isEverywhere = mode === 'global' && Number(constraints) === 0;
    return {
      ...{ name: name!.slice(stack.length + 1), running: running!, image: image!, update: update ?? '' },
      wished: isEverywhere ? Number(ready) : wished!,
    };
  });
}

/** How many constraints it has, and what its last update does. */
const STATUS = `{{with .Spec.TaskTemplate.Placement}}{{len .Constraints}}{{else}}0{{end}}${SEPARATOR}` +
  '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}';

export interface ConvergeOptions {
  readonly stack: string;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** Whether failed tasks are waited over: an update goes back by itself. False. */
  readonly isPatient?: boolean;
}

/** So often may tasks of a service fail before it counts as sick: one may have come before what it needs. */
const FAILURES = 3;

/** As it was wished for at two looks, one after the other. @throws SickServiceError with what its task has said last */
export async function untilConverged(
  nodes: Nodes,
  cluster: ClusterNodes,
  { stack, withinMs, signal, isPatient = false }: ConvergeOptions,
): Promise<ServiceState[]> {
  const progress = createProgress();
  let wasWell = false;
  let last: readonly ServiceState[] = [];
  return await waitFor(async () => {
    const services = await listServices(nodes, cluster, stack) ?? [];
    last = services;
    progress.now(
      `${cluster.name}: ${services.map(({ name, running, wished }) => `${name} ${running}/${wished}`).join(', ')}`,
    );
    const isWell = services.length > 0 &&
      services.every(({ running, wished, update }) =>
        running === wished && !/^(updating|rollback_started)$/.test(update)
      );
    if (isWell && wasWell) return services;
    wasWell = isWell;
    for (const { name } of isPatient ? [] : services.filter(({ running, wished }) => running < wished)) {
      await assertNotSick(nodes, cluster, `${stack}_${name}`);
    }
    return undefined;
  }, { what: `${stack} on ${cluster.name} to be as it was wished for`, withinMs, everyMs: 1000, signal }).catch(
    (error: Error) => {
      if (error instanceof SickServiceError || signal.aborted) throw error;
      const missing = last.filter(({ running, wished }) => running < wished).map(({ name, running, wished }) =>
        `${name} ${running} of ${wished}`
      );
      throw new Error(`${error.message}: ${missing.join(', ') || 'it has no services'}`, { cause: error });
    },
  );
}

async function assertNotSick(nodes: Nodes, cluster: ClusterNodes, service: string): Promise<void> {
  const format = ['Node', 'DesiredState', 'CurrentState', 'Error'].map((field) => `{{.${field}}}`).join(SEPARATOR);
  const text = await askManagers(nodes, cluster, `docker service ps --no-trunc --format '${format}' ${service}`) ?? '';
  const tasks = text.split('\n').filter((line) => line !== '').map((line) => line.split(SEPARATOR));
  const failed = tasks.filter(([, , state]) => /^(Failed|Rejected)/.test(state!));
  // One that is not started again has failed for good.
  const isOver = failed.length > 0 && tasks.every(([, desired]) => desired === 'Shutdown');
  if (failed.length < FAILURES && !isOver) return;
  const [node, , , error] = failed[0]!;
  const log =
    await askManagers(nodes, cluster, `timeout 10 docker service logs --raw --tail 3 ${service} 2>&1 || true`) ?? '';
  throw new SickServiceError(
    `${cluster.name}: ${service} does not get well: ${failed.length} of its tasks have failed, the last on ${node}: ${error}` +
      (log === '' ? '' : `\nIt has said last:\n${log.split('\n').slice(-3).join('\n')}`),
  );
}
