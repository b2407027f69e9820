/** An upstream as many workers see it, as one. */
import type { InstanceState, UpstreamState } from '../upstream/record.ts';

/** `ok` is null when nobody has used it. */
export type MergedUpstream = Omit<UpstreamState, 'ok'> & { readonly ok: boolean | null };

/** One state out of what several workers see: down when it is down for one of them. */
export function mergeUpstreams(all: readonly UpstreamState[]): MergedUpstream {
  const used = all.filter(({ since }) => since !== null);
  const failing = used.filter(({ ok }) => !ok);
  const decisive = failing.length > 0 ? failing : used;
  const instances = mergeInstances(used.map(({ instances }) => instances));
  return {
    ok: used.length === 0 ? null : failing.length === 0,
    since: used.length === 0 ? null : Math.min(...decisive.map(({ since }) => since!)),
    error: failing[0]?.error ?? null,
    requestsPerSecond: sum(used.map(({ requestsPerSecond }) => requestsPerSecond)),
    p50Ms: median(used.flatMap(({ p50Ms }) => p50Ms ?? [])),
    p95Ms: used.reduce<number | null>((most, { p95Ms }) => p95Ms === null ? most : Math.max(most ?? 0, p95Ms), null),
    errors: sum(used.map(({ errors }) => errors)),
    queue: sum(Object.values(instances).map(({ queue }) => queue)),
    instances,
  };
}

/** The store's work is the workers' business; where the webui itself gets no answer, theirs are old news. */
export function mergeStores(own: UpstreamState, workers: MergedUpstream): MergedUpstream {
  return own.ok && workers.ok !== null ? workers : own;
}

// Every worker sees the same queue of an instance, so the longest that was seen is its queue, and not their sum.
function mergeInstances(all: readonly Readonly<Record<string, InstanceState>>[]): Record<string, InstanceState> {
  const byName = Map.groupBy(all.flatMap((instances) => Object.entries(instances)), ([name]) => name);
  return Object.fromEntries(
    [...byName].map(([name, entries]) => {
      const states = entries.map(([, state]) => state);
      return [name, {
        requestsPerSecond: sum(states.map(({ requestsPerSecond }) => requestsPerSecond)),
        p50Ms: median(states.map(({ p50Ms }) => p50Ms)) ?? 0,
        queue: Math.max(...states.map(({ queue }) => queue)),
        idleSeconds: Math.min(...states.map(({ idleSeconds }) => idleSeconds)),
      }];
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
