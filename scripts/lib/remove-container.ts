import { type Container, inspectContainers } from './containers.ts';
import type { Engine } from './engine.ts';
import { CommandError, run } from './process.ts';
import { waitFor } from './wait.ts';

/** For somebody else who removes it already; or for itself, after `docker run --rm`. */
const GONE_WITHIN_MS = 10_000;

export interface RemoveContainerOptions {
  readonly engine?: Engine;
  /** Its volumes without a name go with it; false. */
  readonly volumes?: boolean;
  readonly signal?: AbortSignal;
}

/** Removes it by force, and comes back when it is gone. @throws CommandError when it cannot be removed */
export async function removeContainer(
  { id, name }: Pick<Container, 'id' | 'name'>,
  { engine, volumes = false, signal }: RemoveContainerOptions = {},
): Promise<void> {
  const options = { env: engine?.env ?? {}, ...(signal ? { signal } : {}) };
  const removed = await run(['docker', 'rm', '--force', ...(volumes ? ['--volumes'] : []), id], options);
  if (removed.code === 0 || /No such container/i.test(removed.stderr)) return;
  if (!/already in progress/.test(removed.stderr)) throw new CommandError(['docker', 'rm', name], removed);
  const isGone = async (): Promise<true | undefined> =>
    (await inspectContainers([id], engine)).length === 0 ? true : undefined;
  await waitFor(isGone, { what: `${name} to be gone`, withinMs: GONE_WITHIN_MS, ...(signal ? { signal } : {}) });
}
