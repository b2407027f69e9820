/** Waiting until a stack, or a service, is as it was wished for; or knowing which task it is that does not get there, and why. */
import { STACK_LABEL } from '../lib/container-names.ts';
import { createProgress } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import { type ClusterNodes, type Nodes } from './nodes.ts';
import { askManagers } from './ready.ts';
import { listTasks, type Task } from './tasks.ts';

export interface ServiceState {
  /** Without the name of its stack. */
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

/** All services of a stack, or one that is in none. */
export type Wanted = { readonly stack: string } | { readonly service: string };

/** What the names of these services begin with. */
function prefixOf(wanted: Wanted): string {
  return 'stack' in wanted ? `${wanted.stack}_` : '';
}

/** Undefined where no manager answers. */
async function listServices(
  nodes: Nodes,
  cluster: ClusterNodes,
  wanted: Wanted,
): Promise<ServiceState[] | undefined> {
  const format = ['.Name', '.Mode', '.Replicas', '.Image'].map((field) => `{{${field}}}`).join(SEPARATOR);
  // That of a name takes whatever begins with it.
  const filter = 'stack' in wanted ? `label=${STACK_LABEL}=${wanted.stack}` : `name=${wanted.service}`;
  const text = await askManagers(
    nodes,
    cluster,
    `docker node ls --format '{{.Status}} {{.Availability}}' | grep -c '^Ready Active$' || true
docker service ls --filter ${filter} --format '${format}' |
while read -r line; do
  printf '%s${SEPARATOR}' "$line"
  docker service inspect --format '${STATUS}' "\${line%%${SEPARATOR}*}"
done`,
  );
  if (text === undefined) return undefined;
  const [ready, ...lines] = text.split('\n').filter((line) => line !== '');
  const services = lines.map((line) => {
    const [name, mode, replicas, image, constraints, update] = line.split(SEPARATOR);
    const [running, wished] = /^(\d+)\/(\d+)/.exec(replicas!)!.slice(1).map(Number);
    // Of those that are to be everywhere docker counts no node where one has failed just now.
    const isEverywhere = mode === 'global' && Number(constraints) === 0;
    return {
      ...{ name: name!.slice(prefixOf(wanted).length), running: running!, image: image!, update: update ?? '' },
      wished: isEverywhere ? Number(ready) : wished!,
    };
  });
  return 'service' in wanted ? services.filter(({ name }) => name === wanted.service) : services;
}

/** How many constraints it has, and what its last update does. */
const STATUS = `{{with .Spec.TaskTemplate.Placement}}{{len .Constraints}}{{else}}0{{end}}${SEPARATOR}` +
  '{{if .UpdateStatus}}{{.UpdateStatus.State}}{{end}}';

export interface ConvergeOptions {
  readonly wanted: Wanted;
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
  { wanted, withinMs, signal, isPatient = false }: ConvergeOptions,
): Promise<ServiceState[]> {
  const progress = createProgress();
  let wasWell = false;
  let last: readonly ServiceState[] = [];
  return await waitFor(async () => {
    const services = await listServices(nodes, cluster, wanted) ?? [];
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
      await assertNotSick(nodes, cluster, prefixOf(wanted) + name);
    }
    return undefined;
  }, {
    what: `${Object.values(wanted)[0]} on ${cluster.name} to be as it was wished for`,
    withinMs,
    everyMs: 1000,
    signal,
  }).catch(
    async (error: Error) => {
      if (error instanceof SickServiceError || signal.aborted) throw error;
      const missing = last.filter(({ running, wished }) => running < wished);
      const words = await Promise.all(missing.map(async ({ name, running, wished }) => {
        const late = (await listTasks(nodes, cluster, prefixOf(wanted) + name)).filter(isLate).map(taskInWords);
        return [`${name} ${running} of ${wished}`, ...late].join('; ');
      }));
      throw new Error(`${error.message}: ${words.join(', ') || 'it has no services'}`, { cause: error });
    },
  );
}

async function assertNotSick(nodes: Nodes, cluster: ClusterNodes, service: string): Promise<void> {
  const tasks = await listTasks(nodes, cluster, service);
  const failed = tasks.filter(({ state }) => /^(Failed|Rejected)$/.test(state));
  // One that is not started again has failed for good.
  const isOver = failed.length > 0 && tasks.every(({ desired }) => desired === 'Shutdown');
  if (failed.length < FAILURES && !isOver) return;
  const { node, error } = failed[0]!;
  const others = [...new Set(failed.map((task) => task.node))].filter((other) => other !== node);
  const log =
    await askManagers(nodes, cluster, `timeout 10 docker service logs --raw --tail 3 ${service} 2>&1 || true`) ?? '';
  throw new SickServiceError(
    `${cluster.name}: ${service} does not get well: ${failed.length} of its tasks have failed, the last on ${node}: ${error}` +
      (others.length === 0 ? '' : `; others on ${others.join(', ')}`) +
      (log === '' ? '' : `\nIt has said last:\n${log.split('\n').slice(-3).join('\n')}`),
  );
}

function isLate({ desired, state }: Task): boolean {
  return desired !== 'Shutdown' && state !== 'Running';
}

function taskInWords({ node, state, error }: Task): string {
  return `${node || 'no node'}: ${state.toLowerCase()}${error === '' ? '' : `, ${error}`}`;
}
