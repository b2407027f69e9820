/**
 * The store of the simulation: the real rules, kept in a chain of states, so that it can be put back to any state that it
 * has been in, as a power cut, a promoted replica or an old backup does.
 */
import { type judge as Judge, UNKNOWN_WORKER, type WorkerState } from '../../src/store/rules.ts';
import type { Answer, Batch } from '../../src/store/store.ts';
import type { World } from './world.ts';

export interface ModelStore {
  /** Takes a batch and replies; when it is down nobody does. */
  readonly record: (batch: Batch, reply: (answer: Answer) => void) => void;
  /** Replies with what it holds of a worker, once that is on its disk. */
  readonly report: (worker: string, reply: (durable: number) => void) => void;
  /** Replies as soon as it runs. */
  readonly ping: (reply: () => void) => void;
  readonly isUp: () => boolean;
  /** It does nothing until `resume`; what is sent meanwhile waits. */
  readonly stall: () => void;
  readonly resume: () => void;
  /** It dies; what was sent to it is gone. */
  readonly crash: () => void;
  /** It comes back with what it had `lostMs` of its running time ago. */
  readonly restart: (lostMs: number) => void;
  /** The names of all coins, each as often as it was recorded. */
  readonly coins: () => string[];
  /** Sum of the recorded hashes. */
  readonly hashes: () => number;
  /** What it holds of one id. */
  readonly recordOf: (worker: string) => { readonly last: number; readonly hashes: number };
}

/** After so long a running time a state is on the disk: what a power cut takes is younger. */
export const ON_DISK_AFTER_MS = 2000;

interface State {
  readonly parent: State | undefined;
  /** The running time at which it was reached. */
  readonly reachedAt: number;
  readonly workers: ReadonlyMap<string, WorkerState>;
  readonly batch: Batch | undefined;
}

export function createModelStore(world: World, judge: typeof Judge): ModelStore {
  let state: State = { parent: undefined, reachedAt: 0, workers: new Map(), batch: undefined };
  let onDisk = state;
  let life = 1;
  let isUp = true;
  let isStalled = false;
  let waiting: (() => void)[] = [];
  let runBefore = 0;
  let runSince = 0;

  const runTime = (): number => isUp && !isStalled ? runBefore + world.clock.now() - runSince : runBefore;
  const pause = (): void => void (runBefore = runTime());
  const goOn = (): void => void (runSince = world.clock.now());

  function apply(batch: Batch): Answer {
    const stateOf = (worker: string): WorkerState => state.workers.get(worker) ?? UNKNOWN_WORKER;
    const answer = judge(batch, stateOf);
    if (answer !== 'accept') return answer;
    const workers = new Map(state.workers);
    for (const { worker } of batch.closes ?? []) workers.set(worker, { ...stateOf(worker), closed: true });
    const created = batch.coins.length;
    workers.set(batch.worker, { last: batch.sequence, created, duplicates: 0, closed: false });
    state = { parent: state, reachedAt: runTime(), workers, batch };
    return { outcome: 'recorded', last: batch.sequence, created, duplicates: 0 };
  }

  function batches(): Batch[] {
    const all: Batch[] = [];
    for (let at: State | undefined = state; at; at = at.parent) if (at.batch) all.push(at.batch);
    return all;
  }

  /** Does something now, or when it goes on after a stall, or never. */
  function whenRunning(action: () => void): void {
    if (isUp) isStalled ? waiting.push(action) : action();
  }

  function replyWhenOnDisk(worker: string, reply: (durable: number) => void): void {
    const last = state.workers.get(worker)?.last ?? 0;
    const wanted = runTime() + ON_DISK_AFTER_MS;
    const own = life;
    const look = (): void => {
      // Who waited for the one that died waits in vain.
      if (own !== life) return;
      if (runTime() >= wanted) reply(last);
      else world.after(isStalled ? 200 : Math.max(1, wanted - runTime()), look);
    };
    look();
  }

  return {
    record: (batch, reply) =>
      whenRunning(() => {
        const answer = apply(batch);
        const { worker, sequence, closes = [] } = batch;
        world.tell(() => `store: ${worker}:${sequence} ${JSON.stringify(closes)} -> ${JSON.stringify(answer)}`);
        reply(answer);
      }),
    ping: whenRunning,
    report: (worker, reply) => whenRunning(() => replyWhenOnDisk(worker, reply)),
    isUp: () => isUp,
    stall: () => {
      if (isStalled) return;
      pause();
      isStalled = true;
    },
    resume: () => {
      if (!isStalled) return;
      isStalled = false;
      if (isUp) goOn();
      for (const action of waiting.splice(0)) action();
    },
    crash: () => {
      pause();
      life++;
      isUp = false;
      isStalled = false;
      waiting = [];
    },
    restart: (lostMs) => {
      const keepsUntil = runBefore - lostMs;
      // What it began with came from its disk, and a power cut leaves that.
      const isPowerCut = lostMs <= ON_DISK_AFTER_MS;
      while (state.parent && state.reachedAt > keepsUntil && !(isPowerCut && state === onDisk)) state = state.parent;
      onDisk = state;
      world.tell(() => `store: back, ${lostMs.toFixed(0)} ms of its time are lost`);
      isUp = true;
      goOn();
    },
    coins: () => batches().flatMap(({ coins }) => [...coins].map(({ hash }) => hash.trimEnd())),
    hashes: () => batches().reduce((sum, { hashes }) => sum + hashes, 0),
    recordOf: (worker) => ({
      last: state.workers.get(worker)?.last ?? 0,
      hashes: batches().reduce((sum, batch) => sum + (batch.worker === worker ? batch.hashes : 0), 0),
    }),
  };
}
