/** The workers as they were last seen: one that is killed can be asked no more. */
import type { Said, WorkerMetrics } from './worker-metrics.ts';

export interface Seen extends Said {
  /** Whether its worker recorded under this id when it was seen. */
  readonly isPresent: boolean;
}

export interface Sights {
  /** @param container where the worker runs */
  readonly add: (container: string, metrics: WorkerMetrics) => void;
  /** All that have ever been seen, as they are now; it does not change any more. */
  readonly all: () => ReadonlyMap<string, Seen>;
  /** Batches that workers have counted as lost, of all their lives. */
  readonly lostBatches: () => number;
}

export function createSights(): Sights {
  const seen = new Map<string, Seen>();
  const lost = new Map<string, number>();
  return {
    add: (container, { ids, lostBatches, startedAt }) => {
      for (const [at, said] of ids.entries()) seen.set(said.id, { ...said, isPresent: at === ids.length - 1 });
      lost.set(`${container} ${startedAt}`, lostBatches);
    },
    all: () => new Map(seen),
    lostBatches: () => [...lost.values()].reduce((sum, count) => sum + count, 0),
  };
}
