/** One core's share of the stories. */
import { parentPort, workerData } from 'node:worker_threads';
import { type PlantedBug, plantedBugs } from './planted-bugs.ts';
import { runSchedule } from './schedule.ts';

/** The seeds `first`, `first + step`, … below `end`. */
export interface Task {
  readonly first: number;
  readonly step: number;
  readonly end: number;
  readonly bug: PlantedBug | undefined;
}

/** What has been seen so far. */
export interface Tally {
  readonly done: number;
  readonly acknowledged: number;
  readonly lost: number;
  readonly rollbacks: number;
  readonly failures: readonly { readonly seed: number; readonly violations: readonly string[] }[];
}

const TELL_EVERY_MS = 500;

const { first, step, end, bug } = workerData as Task;
const parts = bug === undefined ? {} : plantedBugs[bug];
let tally: Tally = { done: 0, acknowledged: 0, lost: 0, rollbacks: 0, failures: [] };
let toldAt = performance.now();
for (let seed = first; seed < end; seed += step) {
  const { acknowledged, lost, rollbacks, violations } = await runSchedule(seed, { parts });
  tally = {
    done: tally.done + 1,
    acknowledged: tally.acknowledged + acknowledged,
    lost: tally.lost + lost,
    rollbacks: tally.rollbacks + rollbacks,
    failures: violations.length === 0 ? tally.failures : [...tally.failures, { seed, violations }],
  };
  if (performance.now() - toldAt < TELL_EVERY_MS) continue;
  toldAt = performance.now();
  parentPort!.postMessage(tally);
}
parentPort!.postMessage(tally);
