/** Stops and removes, many at a time; what cannot be removed stops nothing else. */
import { inParallel } from '../lib/in-parallel.ts';
import { output, run } from '../lib/process.ts';
import { removeContainer } from '../lib/remove-container.ts';
import type { Belongings, OwnedContainer } from './belongings.ts';

export interface Outcome {
  /** Such as `container shop_worker_1`. */
  readonly what: string;
  readonly kind: 'container' | 'network' | 'volume';
  /** Why it is still there; undefined when it is gone. */
  readonly why: string | undefined;
}

const AT_ONCE = 16;

export interface RemoveOptions {
  /** What is not yet removed then is left. */
  readonly signal: AbortSignal;
  /** Hears of each as it is done. */
  readonly tell: (outcome: Outcome) => void;
}

export async function removeAll(
  { containers, networks, volumes }: Belongings,
  { signal, tell }: RemoveOptions,
): Promise<Outcome[]> {
  const each = async <T>(
    kind: Outcome['kind'],
    items: readonly T[],
    nameOf: (item: T) => string,
    remove: (item: T, signal: AbortSignal) => Promise<void>,
  ): Promise<Outcome[]> => {
    const done = await inParallel(items, AT_ONCE, async (item) => {
      const what = `${kind} ${nameOf(item)}`;
      const why = await remove(item, signal).then(() => undefined, (error: Error) => error.message);
      tell({ what, kind, why });
      return { what, kind, why };
    });
    return done.flatMap((result) => result.status === 'fulfilled' ? [result.value] : []);
  };
  const name = (item: { readonly name: string }): string => item.name;
  const writers = containers.filter(({ keepsData }) => !keepsData);
  const keepers = containers.filter(({ keepsData }) => keepsData);
  return [
    // A worker records what it has mined before it ends: the store has to be there until then.
    ...await each('container', writers, name, stopAndRemove),
    ...await each('container', keepers, name, stopAndRemove),
    ...await each('network', networks, name, ({ id }) => removeThing(['docker', 'network', 'rm', id], signal)),
    ...await each('volume', volumes, String, (volume) => removeThing(['docker', 'volume', 'rm', volume], signal)),
  ];
}

async function stopAndRemove(container: OwnedContainer, signal: AbortSignal): Promise<void> {
  const { id, status } = container;
  // One that is paused hears no signal, and would lose what it has in hand.
  if (status === 'paused') await run(['docker', 'unpause', id], { signal });
  // In the time that its image or its Compose file gives it. What will not stop is removed by force.
  await run(['docker', 'stop', id], { signal });
  await removeContainer(container, { signal });
}

/** One that is not there any more is removed. */
async function removeThing(command: readonly string[], signal: AbortSignal): Promise<void> {
  await output(command, { signal }).catch((error: Error) => {
    if (!/No such|not found/i.test(error.message)) throw error;
  });
}
