/** How the cAdvisor that top.mjs starts is told from all other containers. */
import type { Container } from './containers.ts';

/** It has `coinroom=cadvisor`, and, when it was started for a project, `coinroom.project` with its name. */
export const CADVISOR_LABELS = { kind: 'coinroom', project: 'coinroom.project' } as const;

const KIND = 'cadvisor';

/** As arguments of `docker create`. `project` is undefined when it was started for all containers. */
export function cadvisorLabels(project: string | undefined): string[] {
  const labels = [`${CADVISOR_LABELS.kind}=${KIND}`];
  if (project !== undefined) labels.push(`${CADVISOR_LABELS.project}=${project}`);
  return labels.flatMap((label) => ['--label', label]);
}

export function isOurCadvisor({ labels }: Pick<Container, 'labels'>): boolean {
  return labels[CADVISOR_LABELS.kind] === KIND;
}

/** Whether it is to go with this project: it was started for it, or for nobody in particular. */
export function isCadvisorOf(project: string, container: Pick<Container, 'labels'>): boolean {
  return isOurCadvisor(container) && (container.labels[CADVISOR_LABELS.project] ?? project) === project;
}
