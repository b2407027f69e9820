/** What must be true at the end of every story: nothing lost, nothing counted twice, what is lost is counted. */
import type { Recorder } from '../../src/worker/recorder.ts';
import type { ModelStore } from './model-store.ts';

/** One life of a worker, from its start to its end or the end of the story. */
export interface Life {
  readonly name: string;
  /** The coins that it mined, by name. */
  readonly produced: string[];
  /** Those that it was told are recorded. */
  readonly acknowledged: Set<string>;
  readonly recorder: Recorder;
  /** When it was killed; undefined when it lived to the end and sent all that it had. */
  endedAt: number | undefined;
}

export interface Verdict {
  readonly violations: readonly string[];
  readonly acknowledged: number;
  readonly lost: number;
  readonly rollbacks: number;
}

interface Evidence {
  readonly lives: readonly Life[];
  readonly store: ModelStore;
  readonly rollbacks: readonly { readonly at: number; readonly lostMs: number }[];
  readonly onDiskAfterMs: number;
}

export function check({ lives, store, rollbacks, onDiskAfterMs }: Evidence): Verdict {
  const violations: string[] = [];
  const counts = new Map<string, number>();
  for (const coin of store.coins()) counts.set(coin, (counts.get(coin) ?? 0) + 1);
  for (const [coin, count] of counts) if (count > 1) violations.push(`${coin} counts ${count} times`);

  const hasRolledBack = rollbacks.some(({ lostMs }) => lostMs > 0);
  const onlyPowerCuts = rollbacks.every(({ lostMs }) => lostMs <= onDiskAfterMs);
  let acknowledged = 0;
  let lost = 0;
  for (const life of lives) {
    acknowledged += life.acknowledged.size;
    const missing = [...life.acknowledged].filter((coin) => !counts.has(coin));
    if (life.endedAt !== undefined) {
      // What a rollback took from one that was dead by then nobody could send again.
      if (!hasRolledBack && missing.length > 0) violations.push(`${life.name} had ${missing} acknowledged: gone`);
      continue;
    }
    // It lived to the end: everything that it mined is acknowledged, and there or counted as lost.
    const open = life.produced.filter((coin) => !life.acknowledged.has(coin));
    if (open.length > 0) violations.push(`${life.name} could not record ${open}`);
    const lostBatches = life.recorder.lostBatches();
    lost += lostBatches;
    if (missing.length !== lostBatches) {
      violations.push(`${life.name} says that ${lostBatches} are lost, but ${missing.length} are: ${missing}`);
    }
    // What its metrics say of its ids is what a ledger takes for true.
    for (const { id, last, recorded } of life.recorder.names()) {
      const held = store.recordOf(id);
      if (last !== held.last || (recorded && recorded.hashes !== held.hashes)) {
        const said = `${last} batches, ${recorded?.hashes ?? 'unknown'} hashes`;
        violations.push(`${life.name} says that ${id} has ${said}: it has ${held.last}, ${held.hashes}`);
      }
    }
    if (onlyPowerCuts && lostBatches > 0) violations.push(`${life.name} lost ${lostBatches} to power cuts`);
  }
  return { violations, acknowledged, lost, rollbacks: rollbacks.length };
}
