/** What a worker's own metrics say of what it has sent to the store, and what the store has acknowledged. */

/** Of one id: a worker that found the store with less than it had acknowledged may go on under another. */
export interface Said {
  readonly id: string;
  /** Sequence numbers: the last batch sent, and the last one acknowledged. */
  readonly sent: number;
  readonly last: number;
  /** All that was acknowledged; undefined where the worker does not know. */
  readonly hashes: number | undefined;
  readonly coins: number | undefined;
}

export interface WorkerMetrics {
  /** The present id is the last one; none where no worker answered. */
  readonly ids: readonly Said[];
  /** Batches that were acknowledged, and that neither the store nor the worker has any more. */
  readonly lostBatches: number;
  /** Tells this process from the one before it: Unix time in seconds. */
  readonly startedAt: number;
}

/** `name{worker="id"} 3`, or `name 3`. */
const LINE = /^(\w+)(?:\{worker="([^"]*)"\})? (\S+)$/;

export function parseWorkerMetrics(text: string): WorkerMetrics {
  const values = new Map<string, number>();
  const ids: string[] = [];
  for (const line of text.split('\n')) {
    const [, name, id = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    values.set(`${name} ${id}`, Number(value));
    if (name === 'worker_recorded_sequence') ids.push(id);
  }
  const valueOf = (name: string, id = ''): number | undefined => values.get(`${name} ${id}`);
  return {
    ids: ids.map((id) => ({
      id,
      sent: valueOf('worker_sent_sequence', id) ?? 0,
      last: valueOf('worker_recorded_sequence', id)!,
      hashes: valueOf('worker_recorded_hashes', id),
      coins: valueOf('worker_recorded_coins', id),
    })),
    lostBatches: valueOf('worker_lost_batches') ?? 0,
    startedAt: valueOf('process_start_time_seconds') ?? 0,
  };
}
