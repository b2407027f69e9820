/** Stops and removes, many at a time; what cannot be removed stops nothing else. */
import { inspectContainers } from '../lib/containers.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { CommandError, output, run } from '../lib/process.ts';
import { waitFor } from '../lib/wait.ts';
import type { Belongings, OwnedContainer } from './belongings.ts';

export interface Outcome {
  /** Such as `container shop_worker_1`. */
  readonly what: string;
  readonly kind: 'container' | 'network' | 'volume';
  /** Why it is still there; undefined when it is gone. */
  readonly why: string | undefined;
}

const AT_ONCE = 16;

/** A container that goes by itself (`--rm`) has begun to when it has stopped. */
const GONE_WITHIN_MS = 10_000;

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
    ...await each('container', writers, name, removeContainer),
    ...await each('container', keepers, name, removeContainer),
    ...await each('network', networks, name, ({ id }) => removeThing(['docker', 'network', 'rm', id], signal)),
    ...await each('volume', volumes, String, (volume) => removeThing(['docker', 'volume', 'rm', volume], signal)),
  ];
}

async function removeContainer({ id, status }: OwnedContainer, signal: AbortSignal): Promise<void> {
  // One that is paused hears no signal, and would lose what it has in hand.
  if (status === 'paused') await run(['docker', 'unpause', id], { signal });
  // In the time that its image or its Compose file gives it. What will not stop is removed by force.
  await run(['docker', 'stop', id], { signal });
  const removed = await run(['docker', 'rm', '--force', id], { signal });
  if (removed.code === 0 || /No such container/i.test(removed.stderr)) return;
  if (!/already in progress/.test(removed.stderr)) throw new CommandError(['docker', 'rm'], removed);
  await waitFor(async () => (await inspectContainers([id])).length === 0 ? true : undefined, {
    what: 'it to be gone',
    withinMs: GONE_WITHIN_MS,
    signal,
  });
}

/** One that is not there any more is removed. */
async function removeThing(command: readonly string[], signal: AbortSignal): Promise<void> {
  await output(command, { signal }).catch((error: Error) => {
    if (!/No such|not found/i.test(error.message)) throw error;
  });
}
