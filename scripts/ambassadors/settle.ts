/** Until all is as it should be: what `apply` waits for. */
import { lastLines } from '../lib/containers.ts';
import type { Progress } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import type { Keeper } from './keeper.ts';
import { askProxies } from './shared-folder.ts';
import type { Placed, Sight } from './sight.ts';
import { isUp, type ListenerStatistics, parseStatistics } from './statistics.ts';

/** A change may show what else is to be changed: an ambassador that is made is asked for its configuration next. */
const ROUNDS = 6;

/** Gives how many things were changed. @throws Error with everything that could not be */
export async function settle(keeper: Keeper, progress: Progress): Promise<number> {
  let changes = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const { actions } = await keeper.survey();
    if (actions.length === 0) return changes;
    progress.now(`${actions.length} of ${actions[0]!.name} and others to be done`);
    const steps = await keeper.act(actions);
    for (const { done } of steps) {
      if (done === undefined) continue;
      changes++;
      progress.done(done);
    }
    const errors = steps.flatMap(({ error }) => error ? [error.message] : []);
    if (errors.length > 0) throw new Error(errors.join('\n'));
  }
  throw new Error('The containers of the project change all the time: ./scripts/ambassadors.mjs watch follows them');
}

export interface ReadyOptions {
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until each ambassador has looked at all instances and found one well, of those services that have any.
 *
 * @throws Error naming those that have not, with what they have said last
 */
export async function untilReady(keeper: Keeper, { withinMs, signal }: ReadyOptions): Promise<void> {
  const { sight, wanted } = await keeper.survey();
  const missing = new Set(wanted.filter(({ backends }) => backends > 0).map(({ name }) => name));
  const look = async (): Promise<true | undefined> => {
    for (const { proxy, listeners } of await readAll(sight)) {
      const isReady = listeners?.every(({ servers }) => servers.some(isUp) && servers.every((one) => one.isChecked));
      if (isReady) missing.delete(proxy.container.name);
    }
    return missing.size === 0 ? true : undefined;
  };
  try {
    await waitFor(look, { what: 'ambassadors to find an instance that answers', withinMs, signal });
  } catch (error) {
    signal.throwIfAborted();
    const sick = [...sight.ambassadors, ...sight.balancers].filter(({ container }) => missing.has(container.name));
    const said = await Promise.all(
      sick.map(async ({ engine, container }) => `${container.name}: ${await lastLines(container.id, engine)}`),
    );
    throw new Error([(error as Error).message, ...said].join('\n'), { cause: error });
  }
}

export interface Reading {
  readonly proxy: Placed;
  /** Undefined when it does not answer, with the reason. */
  readonly listeners: readonly ListenerStatistics[] | undefined;
  readonly reason?: string;
}

/** Asks all ambassadors and balancers what they do. */
export async function readAll(
  { ambassadors, balancers }: Pick<Sight, 'ambassadors' | 'balancers'>,
): Promise<Reading[]> {
  const all = [...ambassadors, ...balancers];
  const running = Map.groupBy(all.filter(({ container }) => container.status === 'running'), ({ engine }) => engine);
  const answers = new Map<Placed, string | undefined>();
  for (const [engine, own] of running) {
    const said = await askProxies(engine, own.map(({ container }) => container), 'show stat');
    for (const [at, proxy] of own.entries()) answers.set(proxy, said[at]);
  }
  return all.map((proxy) => {
    const answer = answers.get(proxy);
    if (answer !== undefined) return { proxy, listeners: parseStatistics(answer) };
    const { status } = proxy.container;
    return { proxy, listeners: undefined, reason: status === 'running' ? 'it does not answer' : `it is ${status}` };
  });
}
