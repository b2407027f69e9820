/**
 * Counters, gauges and histograms in the Prometheus text format, version 0.0.4.
 *
 * Only what these services need: labels are given once, by position, and a labelled child is looked up once and kept
 * by its user, so that the hot path is one addition.
 */
export interface Counter {
  readonly add: (amount?: number) => void;
  readonly value: () => number;
}

export interface Histogram {
  readonly observe: (value: number) => void;
}

/** A family of children, one for each combination of label values. */
export interface Family<Child> {
  /** The child for these label values, in the order in which the labels were declared. */
  readonly with: (...values: readonly string[]) => Child;
}

export interface Metrics {
  readonly counter: (name: string, help: string, labels?: readonly string[]) => Family<Counter>;
  readonly histogram: (
    name: string,
    help: string,
    labels: readonly string[],
    buckets: readonly number[],
  ) => Family<Histogram>;
  /** `read` is asked at every scrape; it gives one value, or one for each set of label values. */
  readonly gauge: (name: string, help: string, read: () => number | readonly Labelled[]) => void;
  /** The page that `GET /metrics` answers with. */
  readonly text: () => string;
}

export interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Bounds in seconds for request latencies: fine around the classroom's 100 ms, wide up to the 10 s deadline. */
export const LATENCY_BUCKETS = [
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.15,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
] as const;

export function createMetrics(): Metrics {
  const pages: (() => string)[] = [];

  function family<Child>(
    head: { name: string; help: string; type: string; labels: readonly string[] },
    create: () => Child,
    lines: (child: Child, labels: string) => string,
  ): Family<Child> {
    const children = new Map<string, { labels: string; child: Child }>();
    const { name, help, type, labels } = head;
    pages.push(() => {
      const body = [...children.values()].map(({ labels, child }) => lines(child, labels)).join('');
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${body}`;
    });
    return {
      with: (...values) => {
        const key = values.join('\u0000');
        let entry = children.get(key);
        if (!entry) {
          const pairs = labels.map((label, at) => [label, values[at] ?? ''] as const);
          entry = { labels: labelText(pairs), child: create() };
          children.set(key, entry);
        }
        return entry.child;
      },
    };
  }

  return {
    counter: (name, help, labels = []) =>
      family(
        { name, help, type: 'counter', labels },
        createCounter,
        (counter, labels) => `${name}${braced(labels)} ${counter.value()}\n`,
      ),

    histogram: (name, help, labels, buckets) =>
      family(
        { name, help, type: 'histogram', labels },
        () => createHistogram(buckets),
        (histogram, labels) => histogram.lines(name, labels),
      ),

    gauge: (name, help, read) => {
      pages.push(() => {
        const now = read();
        const values = typeof now === 'number' ? [{ labels: {}, value: now }] : now;
        const body = values.map(({ labels, value }) =>
          `${name}${braced(labelText(Object.entries(labels)))} ${value}\n`
        );
        return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${body.join('')}`;
      });
    },

    text: () => pages.map((page) => page()).join(''),
  };
}

function createCounter(): Counter {
  let total = 0;
  return { add: (amount = 1) => void (total += amount), value: () => total };
}

function createHistogram(bounds: readonly number[]) {
  const counts = new Array<number>(bounds.length).fill(0);
  let sum = 0;
  let count = 0;
  return {
    observe: (value: number): void => {
      const at = bounds.findIndex((bound) => value <= bound);
      if (at >= 0) counts[at]!++;
      sum += value;
      count++;
    },
    lines: (name: string, labels: string): string => {
      const prefix = labels === '' ? '' : `${labels},`;
      let below = 0;
      const buckets = bounds.map((bound, at) => `${name}_bucket{${prefix}le="${bound}"} ${(below += counts[at]!)}\n`);
      return `${buckets.join('')}${name}_bucket{${prefix}le="+Inf"} ${count}\n` +
        `${name}_sum${braced(labels)} ${sum}\n${name}_count${braced(labels)} ${count}\n`;
    },
  };
}

function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

function labelText(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([label, value]) => `${label}="${escapeLabel(value)}"`).join(',');
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
