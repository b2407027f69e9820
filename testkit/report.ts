import type { UpstreamState } from '../src/upstream/record.ts';
import type { WorkerReport } from '../src/worker/report.ts';

export function someUpstream(changes: Partial<UpstreamState> = {}): UpstreamState {
  return {
    ok: true,
    since: 900,
    error: null,
    requestsPerSecond: 3,
    p50Ms: 100,
    p95Ms: 110,
    errors: 0,
    queue: 0,
    instances: { a: { requestsPerSecond: 3, p50Ms: 100, queue: 0, idleSeconds: 0.2 } },
    ...changes,
  };
}

/** A report as a worker sends it, at 1000 s on its own clock. */
export function someReport(changes: Partial<WorkerReport> = {}): WorkerReport {
  return {
    host: 'host-1',
    node: 'node-1',
    version: '1.0.0',
    revision: 'abc',
    colour: '#336699',
    runtime: 'node 26',
    pace: 'classroom',
    difficulty: 1,
    kernel: 'node:crypto',
    threads: 1,
    loops: 1,
    rate: 3.33,
    sentAt: 1000,
    upstreams: { rng: someUpstream(), hasher: someUpstream(), store: someUpstream() },
    ...changes,
  };
}
