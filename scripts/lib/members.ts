import { STACK_LABEL } from './container-names.ts';
import { type AskOptions, type Container, inspectContainers, listIds } from './containers.ts';
import type { Engine } from './engine.ts';

export interface MemberOptions extends AskOptions {
  /** Those too that do not run; true. */
  readonly stopped?: boolean;
}

/** The containers of a Compose project or of a stack of that name, in the order of their services and numbers. */
export async function listMembers(
  name: string,
  engine: Engine,
  { stopped = true, ...options }: MemberOptions = {},
): Promise<Container[]> {
  const lists = await Promise.all([
    listIds({ project: name, stopped }, engine, options),
    listIds({ label: `${STACK_LABEL}=${name}`, stopped }, engine, options),
  ]);
  return await inspectContainers([...new Set(lists.flat())], engine, options);
}

export interface Member {
  readonly engine: Engine;
  readonly container: Container;
}

/** On all of these engines that answer, in their order. @throws Error when none does */
export async function listMembersOf(
  name: string,
  engines: readonly Engine[],
  options: MemberOptions = {},
): Promise<Member[]> {
  const lists = await Promise.allSettled(engines.map((engine) => listMembers(name, engine, options)));
  const failed = lists.find((one) => one.status === 'rejected');
  if (failed && lists.every(({ status }) => status === 'rejected')) throw failed.reason;
  return lists.flatMap((one, at) =>
    one.status === 'fulfilled' ? one.value.map((container) => ({ engine: engines[at]!, container })) : []
  );
}
