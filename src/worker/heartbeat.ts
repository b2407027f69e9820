/** Once a second: the worker's report into the store, which tells what of it is on its disk. */
import { type Clock, realClock } from '../service/clock.ts';
import type { Store } from '../store/store.ts';
import type { Recorder } from './recorder.ts';
import { REPORT_EVERY_MS, REPORT_TTL_MS } from './report.ts';

export interface HeartbeatOptions {
  readonly store: Pick<Store, 'report'>;
  readonly recorder: Pick<Recorder, 'id' | 'settle' | 'storeAnswered'>;
  /** The report, as a JSON object. */
  readonly report: () => string;
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** Resolves when it has ended. */
export async function runHeartbeat(options: HeartbeatOptions): Promise<void> {
  const { signal, clock = realClock } = options;
  for (let due = clock.now() + REPORT_EVERY_MS; !signal.aborted; due += REPORT_EVERY_MS) {
    due = Math.max(due, clock.now());
    await clock.sleep(due - clock.now(), signal);
    // What fails here is made good by the next beat; what is wrong with the store the recorder says.
    if (!signal.aborted) await beat(options, clock).catch(() => {});
  }
}

async function beat({ store, recorder, report }: HeartbeatOptions, clock: Clock): Promise<void> {
  const id = recorder.id();
  const sentAt = clock.now();
  const durable = await store.report(id, report(), REPORT_TTL_MS);
  recorder.storeAnswered(sentAt);
  if (durable > 0) recorder.settle(id, durable);
}
