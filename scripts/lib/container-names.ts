/** What a container is called here, be it one of Compose or the task of a stack: both have a project and services. */
import type { Container } from './containers.ts';

type Labelled = Pick<Container, 'name' | 'project' | 'service' | 'labels'>;

/** What a Swarm calls that to which a container, a service or a volume belongs. */
export const STACK_LABEL = 'com.docker.stack.namespace';

/** Of a container that a Swarm has made. */
export const TASK_LABEL = 'com.docker.swarm.task.id';

const LABELS = {
  stack: STACK_LABEL,
  /** Of a Swarm: `coinroom_worker`. */
  service: 'com.docker.swarm.service.name',
  task: TASK_LABEL,
  node: 'com.docker.swarm.node.id',
  /** Whether it is a container of `compose run`, which is nobody's instance. */
  oneOff: 'com.docker.compose.oneoff',
} as const;

export function belongsTo(wanted: string, { project, labels }: Labelled): boolean {
  return (project === wanted && labels[LABELS.oneOff] === 'False') || labels[LABELS.stack] === wanted;
}

/** What has no service is one by itself. */
export function serviceOf({ name, project, service, labels }: Labelled, withProject: boolean): string {
  if (service !== undefined) return withProject ? `${project}/${service}` : service;
  const [stack, full] = [labels[LABELS.stack], labels[LABELS.service]];
  if (stack === undefined || !full?.startsWith(`${stack}_`)) return full ?? name;
  const own = full.slice(stack.length + 1);
  return withProject ? `${stack}/${own}` : own;
}

/**
 * That of a task without ids, which are long and mean nothing: `coinroom_worker.3`. Where there is one task on each node,
 * its number is the id of the node.
 */
export function nameOf({ name, labels }: Labelled): string {
  return withoutEnd(withoutEnd(name, `.${labels[LABELS.task]}`), `.${labels[LABELS.node]}`);
}

function withoutEnd(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
