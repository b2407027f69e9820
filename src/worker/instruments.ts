/** What a worker knows of its own work: counters for the metrics, its rate, and when it last had something recorded. */
import type { Metrics } from '../service/metrics.ts';
import { createSpeed } from '../service/speed.ts';
import type { Answer } from '../store/store.ts';
import type { Entry, NameAccount } from './journal.ts';
import type { Recorder } from './recorder.ts';

export interface Instruments {
  readonly recorded: (entry: Entry, answer: Answer) => void;
  readonly disagreed: () => void;
  readonly threadReplaced: () => void;
  /** What has been recorded since the start. */
  readonly account: () => { readonly hashes: number; readonly coins: number; readonly duplicates: number };
  /** Hashes a second over the last 10 s; null before the second batch. */
  readonly rate: () => number | null;
  /** How long ago something was recorded; Infinity before the first time. */
  readonly idleMs: () => number;
}

export function createInstruments(metrics: Metrics): Instruments {
  const hashes = metrics.counter('worker_hashes_total', 'Candidates tried and recorded').with();
  const coins = metrics.counter('worker_coins_total', 'Coins found and recorded, duplicates included').with();
  const duplicates = metrics.counter('worker_duplicates_total', 'Coins that the wallet held already').with();
  const batches = metrics.counter('worker_batches_total', 'Batches recorded').with();
  const disagreements = metrics.counter(
    'worker_disagreements_total',
    'Candidates for which a thread and the hasher gave different digests: one of them is broken',
  ).with();
  const threads = metrics.counter('worker_threads_replaced_total', 'Threads that died and were replaced').with();
  const speed = createSpeed();
  let recordedAt = -Infinity;
  return {
    recorded: (entry, answer) => {
      recordedAt = performance.now();
      hashes.add(entry.hashes);
      coins.add(entry.coins.length);
      if (answer.outcome === 'recorded') duplicates.add(answer.duplicates);
      batches.add();
      speed.add(recordedAt / 1000, hashes.value());
    },
    disagreed: () => disagreements.add(),
    threadReplaced: () => threads.add(),
    account: () => ({ hashes: hashes.value(), coins: coins.value(), duplicates: duplicates.value() }),
    rate: () => speed.perSecond(performance.now() / 1000),
    idleMs: () => performance.now() - recordedAt,
  };
}

/**
 * What this worker believes the store to hold of it, by the id that it records under: what a ledger compares with the
 * store. An id whose sums are not known has none.
 */
export function showRecords(metrics: Metrics, { names, lostBatches }: Pick<Recorder, 'names' | 'lostBatches'>): void {
  const show = (name: string, help: string, read: (account: NameAccount) => number | undefined): void => {
    metrics.gauge(name, help, () =>
      names().flatMap((account) => {
        const value = read(account);
        return value === undefined ? [] : [{ labels: { worker: account.id }, value }];
      }));
  };
  show('worker_sent_sequence', 'The last batch that was sent to the store', ({ sent }) => sent);
  show('worker_recorded_sequence', 'The last batch that the store has acknowledged', ({ last }) => last);
  show('worker_recorded_hashes', 'Candidates in all batches up to that one', ({ recorded }) => recorded?.hashes);
  show('worker_recorded_coins', 'Coins in all batches up to that one', ({ recorded }) => recorded?.coins);
  metrics.gauge('worker_lost_batches', 'Acknowledged batches that the store has lost', lostBatches);
}
