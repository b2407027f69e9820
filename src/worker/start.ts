/** From the settings of a worker to a worker that mines, and back to nothing without losing a coin. */
import { availableParallelism } from 'node:os';
import { createHasherClient } from '../hasher/client.ts';
import { createRngClient } from '../rng/client.ts';
import type { Running } from '../service/running.ts';
import type { Values } from '../service/settings.ts';
import { listen, prepare, type RoleContext } from '../service/start-service.ts';
import { createUpstream } from '../upstream/upstream.ts';
import { createUpstreamRecord } from '../upstream/record.ts';
import { openStore } from '../store/open-store.ts';
import { createWorkerApp } from './app.ts';
import { createGrowthWarning } from './growth.ts';
import { runHeartbeat } from './heartbeat.ts';
import { createInstruments, showRecords } from './instruments.ts';
import { chooseKernel } from './kernel-setting.ts';
import { keepYoungSpaceSmall } from './memory.ts';
import { startMiner } from './miner.ts';
import { createPool } from './pool.ts';
import { createRecorder } from './recorder.ts';
import type { WorkerReport } from './report.ts';
import type { settings } from './settings.ts';

/** What is mined has to be confirmed and recorded within this time after the worker was told to stop. */
const FINISH_WITHIN_MS = 4000;

/** A worker whose requests may take this long, and this much more, without anything recorded is not ready. */
const READY_GRACE_MS = 5000;

export async function start(values: Values<typeof settings>, context: RoleContext): Promise<Running> {
  keepYoungSpaceSmall();
  const prepared = prepare('worker', values, context);
  const { log, identity } = prepared;
  const { pace, difficulty, connection, requestTimeoutMs: timeoutMs } = values;
  const threads = values.threads === 'auto' ? availableParallelism() : values.threads;
  const kernel = chooseKernel(values.kernel);
  const loops = values.loops === 'auto' ? 2 * threads : values.loops;
  const store = await openStore(values.storeUrl, { timeoutMs });

  const seenStore = createUpstreamRecord('store', log);
  const { app, metrics } = createWorkerApp({
    ...prepared.serviceOptions,
    notReady: () => {
      const { ok, error } = seenStore.state();
      if (!ok) return `the store takes no batches: ${error}`;
      return instruments.idleMs() > timeoutMs + READY_GRACE_MS ? 'nothing was recorded lately' : undefined;
    },
  });
  const instruments = createInstruments(metrics);
  const listening = await listen(app, prepared, values);

  const upstream = { connection, timeoutMs, log, metrics };
  const rng = createUpstream({ name: 'rng', urls: values.rngUrl, ...upstream });
  const hasher = createUpstream({ name: 'hasher', urls: values.hasherUrl, ...upstream });
  const pool = createPool({ threads, kernel, log, onReplaced: instruments.threadReplaced });
  const deadline = new AbortController();
  const recorder = createRecorder({
    store,
    seen: seenStore,
    // In the classroom a batch is one unit of work, so that the list of 1000 times is a list of 1000 hashes.
    unitsPerBatch: pace === 'classroom' ? 1 : Infinity,
    deadline: deadline.signal,
    log,
    onRecorded: instruments.recorded,
  });
  metrics.gauge('worker_info', 'How this worker mines', () => [
    { labels: { kernel, threads: String(threads), loops: String(loops), difficulty: String(difficulty) }, value: 1 },
  ]);
  showRecords(metrics, recorder);
  const miner = startMiner({
    ...values,
    rng: createRngClient(rng),
    hasher: createHasherClient(hasher),
    pool,
    recorder,
    loops,
    deadline: deadline.signal,
    log,
    onDisagreement: (disagreement) => {
      instruments.disagreed();
      log.error('hasher_disagrees', { ...disagreement });
    },
  });
  log.info('mining', { worker: recorder.id(), kernel, threads, loops, difficulty });

  const report = (): WorkerReport => ({
    ...identity,
    pace,
    difficulty,
    kernel,
    threads,
    loops,
    rate: instruments.rate(),
    sentAt: Date.now() / 1000,
    upstreams: { rng: rng.state(), hasher: hasher.state(), store: seenStore.state() },
  });
  const stopHeartbeat = new AbortController();
  const warnOfGrowth = createGrowthWarning({ difficulty, log });
  const heartbeat = runHeartbeat({
    store,
    recorder,
    report: () => {
      warnOfGrowth(instruments.rate());
      return JSON.stringify(report());
    },
    signal: stopHeartbeat.signal,
  });

  /** Confirms and records what is mined, as long as there is time; gives the exit code. */
  async function finishMining(): Promise<0 | 1> {
    const overdue = setTimeout(() => deadline.abort(new Error('the time to stop is over')), FINISH_WITHIN_MS);
    miner.stop();
    const dropped = await miner.finish();
    clearTimeout(overdue);
    log.info('mined', { ...instruments.account(), lostBatches: recorder.lostBatches() });
    if (dropped.batches === 0) return 0;
    log.error('dropped_batches', { ...dropped });
    return 1;
  }

  let finished: Promise<0 | 1> | undefined;
  function drain(): void {
    listening.drain();
    finished ??= finishMining();
  }

  async function close(): Promise<0 | 1> {
    drain();
    const code = await finished!;
    stopHeartbeat.abort();
    await Promise.all([listening.close(), pool.close(), rng.close(), hasher.close(), store.close(), heartbeat]);
    return code;
  }

  return { port: listening.port, drain, close };
}
