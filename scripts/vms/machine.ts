/** A machine, whoever provides it: how long it may still run, and what it has cost. */
import type { Provider } from './flags.ts';

export interface Machine {
  readonly provider: Provider;
  /** The lab's name, or the directory of terraform. */
  readonly origin: string;
  /** `vm1` in a lab; with terraform the key of its output, or its number. */
  readonly name: string;
  readonly address: string;
  /** `running`, `exited`; of terraform's nobody is asked. */
  readonly state: string;
  /** ms since 1970. */
  readonly createdAt: number;
  /** From then on; undefined: it may run for ever. */
  readonly ttlMs: number | undefined;
  /** An hour's; undefined when nobody has said it. */
  readonly price: number | undefined;
  /** The list that its address was written to, an absolute path. */
  readonly hostsFile: string;
}

/** Negative when it is overdue. */
export function timeLeft({ createdAt, ttlMs }: Pick<Machine, 'createdAt' | 'ttlMs'>, now = Date.now()): number {
  return ttlMs === undefined ? Infinity : createdAt + ttlMs - now;
}

export function isOverdue(machine: Pick<Machine, 'createdAt' | 'ttlMs'>, now = Date.now()): boolean {
  return timeLeft(machine, now) <= 0;
}

/** So far; by the exact time, though some clouds count begun hours. */
export function costOf({ createdAt, price = 0 }: Pick<Machine, 'createdAt' | 'price'>, now = Date.now()): number {
  return Math.max(0, now - createdAt) / 3_600_000 * price;
}

const byName = new Intl.Collator('en', { numeric: true });

/** Those that are longest overdue first, then those that soon will be. */
export function inOrder(machines: readonly Machine[], now = Date.now()): Machine[] {
  const left = (machine: Machine): number => timeLeft(machine, now);
  return machines.toSorted((a, b) =>
    (left(a) === left(b) ? 0 : left(a) - left(b)) || byName.compare(a.origin, b.origin) ||
    byName.compare(a.name, b.name)
  );
}

/** `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`: enough to decide something. */
export function formatSpan(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  const [minutes, hours, days] = [60, 3600, 86_400].map((size) => Math.floor(seconds / size)) as [
    number,
    number,
    number,
  ];
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${seconds} s`;
}
