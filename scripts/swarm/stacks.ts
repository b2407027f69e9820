/** What the steps that make and change a stack have in common. */
import { UsageError } from '../lib/command-line.ts';
import { STACK_LABEL } from '../lib/container-names.ts';
import { stepFlags } from '../lib/room/flags.ts';
import type { ServiceState } from './converge.ts';
import type { ClusterNodes, Nodes } from './nodes.ts';
import { askManagers } from './ready.ts';

export const stackFlags = { ...stepFlags, stack: { type: 'string', default: 'coinroom' } } as const;

export const SERVICE_COLUMNS = ['service', 'runs', 'image'] as const;

export function rowOf({ name, running, wished, image }: ServiceState): string[] {
  return [name, `${running} of ${wished}`, image];
}

export function assertStackName(stack: string): void {
  if (/^[a-z0-9][a-z0-9_-]{0,40}$/.test(stack)) return;
  throw new UsageError(`--stack must be at most 41 small letters, digits, - and _; got ${JSON.stringify(stack)}`);
}

/** What the services of a stack are to be, and which tasks they have, as a digest: it is the same when nothing was changed. */
export async function digestOf(nodes: Nodes, cluster: ClusterNodes, stack: string): Promise<string | undefined> {
  return await askManagers(
    nodes,
    cluster,
    `services=$(docker service ls --quiet --filter label=${STACK_LABEL}=${stack})
[ -z "$services" ] || {
  docker service inspect --format '{{.ID}} {{json .Spec}}' $services
  docker service ps --quiet --no-trunc --filter desired-state=running $services
} | sort | sha256sum`,
  );
}
