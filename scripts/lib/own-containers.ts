/** How the containers that our scripts start, and no Compose file knows, are told from all others. */
import type { Container } from './containers.ts';

/** A `vm` is a machine of the lab, a `classic-swarm` the manager of one, `chaos` guards a fault. */
export type OwnKind = 'cadvisor' | 'ambassador' | 'balancer' | 'chaos' | 'classic-swarm' | 'vm';

/** They have `coinroom=<kind>`, and, when they were started for a project, `coinroom.project` with its name. */
export const OWN_LABELS = { kind: 'coinroom', project: 'coinroom.project' } as const;

type Labelled = Pick<Container, 'labels'>;

/** As arguments of `docker create`. `project` is undefined when it is started for all containers. */
export function ownLabels(kind: OwnKind, project: string | undefined): string[] {
  const labels = [`${OWN_LABELS.kind}=${kind}`];
  if (project !== undefined) labels.push(`${OWN_LABELS.project}=${project}`);
  return labels.flatMap((label) => ['--label', label]);
}

export function isOwn(kind: OwnKind, { labels }: Labelled): boolean {
  return labels[OWN_LABELS.kind] === kind;
}

/**
 * Whether it is to go with this project: it was started for it, or for nobody in particular. A machine goes with no
 * project, and neither does the manager of a Swarm: they are what projects run on.
 */
export function isOwnOf(project: string, { labels }: Labelled): boolean {
  if (isOwn('vm', { labels }) || isOwn('classic-swarm', { labels })) return false;
  return labels[OWN_LABELS.kind] !== undefined && (labels[OWN_LABELS.project] ?? project) === project;
}
