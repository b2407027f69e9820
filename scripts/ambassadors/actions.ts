/** From what there is to what there should be: which steps, and their doing. */
import type { Container } from '../lib/containers.ts';
import { removeContainer } from '../lib/remove-container.ts';
import { createProxy, restartProxy } from './proxy-container.ts';
import { type Configuration, renderConfiguration } from './haproxy.ts';
import type { Placed, Sight } from './sight.ts';
import type { Wanted } from './wanted.ts';

export type Action =
  | { readonly kind: 'create'; readonly name: string; readonly wanted: Wanted }
  /** It was made in another network, or from another image. */
  | { readonly kind: 'replace'; readonly name: string; readonly wanted: Wanted; readonly there: Placed }
  /** It has ended, or its consumer has been restarted and so has another network now. */
  | { readonly kind: 'restart'; readonly name: string; readonly wanted: Wanted; readonly there: Placed }
  | { readonly kind: 'configure'; readonly name: string; readonly wanted: Wanted; readonly there: Placed }
  | { readonly kind: 'remove'; readonly name: string; readonly there: Placed };

export interface DecideOptions {
  readonly image: string;
  /** What an ambassador is known to run with; undefined: ask it. */
  readonly known: (container: Container) => Configuration | undefined;
}

export function decide(sight: Sight, wanted: readonly Wanted[], { image, known }: DecideOptions): Action[] {
  const there = [...sight.ambassadors, ...sight.balancers];
  const find = ({ name, engine }: Wanted): Placed | undefined =>
    there.find((one) => one.container.name === name && one.engine === engine);
  const steps = wanted.flatMap((one): Action[] => {
    const { name, configuration } = one;
    const found = find(one);
    if (!found) return [{ kind: 'create', name, wanted: one }];
    if (!isMadeFor(one, found.container, image)) return [{ kind: 'replace', name, wanted: one, there: found }];
    if (isOrphaned(one, found.container)) return [{ kind: 'restart', name, wanted: one, there: found }];
    // It is on its way up again, and will be told when it is there.
    if (found.container.status !== 'running') return [];
    const there = known(found.container);
    if (there && renderConfiguration(there) === renderConfiguration(configuration)) return [];
    return [{ kind: 'configure', name, wanted: one, there: found }];
  });
  const isWanted = (one: Placed): boolean => wanted.some((other) => find(other) === one);
  const consumers = new Set(sight.members.map(({ container }) => `container:${container.id}`));
  // One that has only stopped may be started again, and its ambassadors with it.
  const removed = sight.ambassadors.filter((one) => !isWanted(one) && !hasStopped(one, sight, consumers));
  return [...removed.map((one) => ({ kind: 'remove' as const, name: one.container.name, there: one })), ...steps];
}

function isMadeFor({ kind, consumer }: Wanted, container: Container, image: string): boolean {
  if (kind === 'balancer') return true;
  return container.image === image && container.networkMode === `container:${consumer!.container.id}`;
}

function isOrphaned({ consumer }: Wanted, { status, startedAt }: Container): boolean {
  return status === 'exited' || status === 'created' ||
    (consumer !== undefined && startedAt < consumer.container.startedAt);
}

function hasStopped({ container }: Placed, { members }: Sight, consumers: ReadonlySet<string>): boolean {
  if (!consumers.has(container.networkMode)) return false;
  const consumer = members.find(({ container: { id } }) => container.networkMode === `container:${id}`)!;
  return consumer.container.status !== 'running';
}

export interface PerformOptions {
  readonly project: string;
  readonly image: string;
}

export type Configure = Extract<Action, { kind: 'configure' }>;

/** Gives what has been done. @throws Error when it cannot be done */
export async function perform(action: Exclude<Action, Configure>, options: PerformOptions): Promise<string> {
  switch (action.kind) {
    case 'create':
      await create(action.wanted, options);
      return `${action.name} made, ${inWords(action.wanted)}`;
    case 'replace':
      await remove(action.there);
      await create(action.wanted, options);
      return `${action.name} made again, ${inWords(action.wanted)}`;
    case 'restart':
      await restartProxy(action.there.engine, action.there.container);
      return `${action.name} started again`;
    case 'remove':
      await remove(action.there);
      return `${action.name} removed`;
  }
}

async function remove({ engine, container }: Placed): Promise<void> {
  await removeContainer(container, { engine, volumes: true });
}

async function create({ engine, kind, name, consumer, configuration }: Wanted, options: PerformOptions): Promise<void> {
  if (!consumer) throw new Error(`Cannot make ${name}: it has been removed`);
  const args = ['--network', `container:${consumer.container.id}`];
  await createProxy({ ...options, engine, kind, name, configuration, args });
}

/** `3 rng` */
export function inWords({ backends, service }: Wanted): string {
  return `${backends} ${service}`;
}
