/**
 * How long the store has been seen to run. A batch is on its disk some seconds after the acknowledgement, but only
 * seconds in which the store ran count: one that was stopped, or gone, has written nothing meanwhile.
 */
import type { Clock } from '../service/clock.ts';

export interface StoreTime {
  /** ms that the store has been seen to run. */
  readonly ms: () => number;
  /** A call that was sent at `sentAt` (the clock's) has just been answered. */
  readonly answered: (sentAt: number) => void;
}

/** Between two calls nobody watches: no more than this is believed. */
const MOST_UNSEEN_MS = 1000;
/** A longer wait for an answer is not time in which the store ran. */
const MOST_WAIT_MS = 100;

export function createStoreTime({ now }: Pick<Clock, 'now'>): StoreTime {
  let total = 0;
  let lastAnswerAt: number | undefined;
  return {
    ms: () => total,
    answered: (sentAt) => {
      const unseen = lastAnswerAt === undefined ? 0 : Math.max(0, sentAt - lastAnswerAt);
      const waited = now() - Math.max(sentAt, lastAnswerAt ?? sentAt);
      total += Math.min(unseen, MOST_UNSEEN_MS) + Math.min(waited, MOST_WAIT_MS);
      lastAnswerAt = now();
    },
  };
}
