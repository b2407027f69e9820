/**
 * Where the tasks of a stack are reached, at any node: ports, with blanks between them. The engine of a task does not know
 * it, since it is not the task that listens there. swarm.mjs writes it, as a label of containers.
 */
export const PUBLISHED_LABEL = 'coinroom.published';
