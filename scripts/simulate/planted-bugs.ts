/** Bugs that the simulation must find: if one of them goes unnoticed, the check is worth nothing. */
import { judge } from '../../src/store/rules.ts';
import type { Parts } from './schedule.ts';

/** Takes every batch that is later than the last one, instead of the next one only. */
const acceptsGaps: typeof judge = (batch, stateOf) => {
  const { last, created, duplicates } = stateOf(batch.worker);
  if (batch.sequence === last) return { outcome: 'recorded', last, created, duplicates };
  return batch.sequence > last ? 'accept' : { outcome: 'stale', last };
};

/** Takes batches under ids that are closed. */
const closesNothing: typeof judge = (batch, stateOf) => judge(batch, (id) => ({ ...stateOf(id), closed: false }));

export const plantedBugs = {
  /** The store takes any batch that is later than the last. */
  acceptsGaps: { judge: acceptsGaps },
  /** The store takes batches under ids that are closed. */
  closesNothing: { judge: closesNothing },
  /** The worker forgets a batch as soon as it is acknowledged. */
  keepsNothing: { journal: { keepMs: 0, mostCoins: 0 } },
  /** A worker has the same id in all its lives. */
  idIsHostName: { newId: (host: string) => host },
} satisfies Record<string, Parts>;

export type PlantedBug = keyof typeof plantedBugs;
