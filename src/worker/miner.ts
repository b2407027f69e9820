/** The loops of a worker: each does one unit of work after the other, with a pause between. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../service/log.ts';
import type { Recorder } from './recorder.ts';
import { doUnit, type Part, type Unit, type UnitOptions } from './unit.ts';

export interface MinerOptions extends UnitOptions {
  readonly recorder: Recorder;
  /** Units of work in flight. */
  readonly loops: number;
  /** The pause of a loop between two units, ms. */
  readonly intervalMs: number;
  /** Aborted from outside when the time for confirming and recording what is mined is over. */
  readonly deadline: AbortSignal;
  readonly log: Log;
}

export interface Miner {
  /** Starts nothing new; what is mined is still confirmed and recorded. */
  readonly stop: () => void;
  /** Resolves when all loops have ended and all is recorded; gives what could not be. */
  readonly finish: () => Promise<Dropped>;
}

/** What was mined and could not be recorded. */
export interface Dropped {
  readonly batches: number;
  readonly hashes: number;
  readonly coins: number;
}

export function startMiner(options: MinerOptions): Miner {
  const { recorder, loops, intervalMs, deadline, log, pool } = options;
  const stopping = new AbortController();
  const signals = { stop: stopping.signal, deadline };
  let unconfirmed = 0;

  async function loop(): Promise<void> {
    let recorded = Promise.resolve();
    let rest: Part | undefined;
    for (let startedAt = performance.now(); !stopping.signal.aborted;) {
      const unit = await nextUnit(rest);
      rest = unit?.rest;
      // A loop is at most one unit ahead of the store: what cannot be stored is not mined on.
      await recorded;
      if (unit && unit.hashes > 0) recorded = recorder.add(unit);
      startedAt = await pause(startedAt + (unit?.servedMs ?? 0) + intervalMs);
    }
    await recorded;
  }

  /**
   * The pause before the next unit, which begins when it was due: what a unit costs the worker itself (connections,
   * the thread, late timers) comes out of its pause, so that a loop takes as long as rng, hasher and the interval
   * together, on a slow machine too. Gives when the next unit begins.
   */
  async function pause(due: number): Promise<number> {
    const ms = due - performance.now();
    if (ms > 0) await sleep(ms, undefined, { signal: stopping.signal }).catch(() => {});
    return ms > -intervalMs ? due : performance.now();
  }

  async function nextUnit(rest: Part | undefined): Promise<Unit | undefined> {
    try {
      return await doUnit(options, signals, rest);
    } catch (error) {
      if (deadline.aborted) unconfirmed++;
      else if (!stopping.signal.aborted) {
        log.error('unit_failed', { error: (error as Error).message });
        await sleep(1000, undefined, { signal: stopping.signal }).catch(() => {});
      }
      return undefined;
    }
  }

  const running = Array.from({ length: loops }, loop);
  return {
    stop: () => {
      stopping.abort(new Error('the worker is stopping'));
      pool.stop();
    },
    finish: async () => {
      await Promise.all(running);
      const units = await recorder.finish();
      return {
        batches: unconfirmed + units.length,
        hashes: units.reduce((sum, { hashes }) => sum + hashes, 0),
        coins: units.reduce((sum, { coins }) => sum + coins.length, 0),
      };
    },
  };
}
