/**
 * A role made slow or sick on purpose, through `POST /faults`. It mends itself after `forMs`, so that a demo which
 * loses its connection does not leave a broken cluster behind.
 */
import { seededRandom } from './random.ts';

export interface Fault {
  /** Added to every answer, ms. */
  readonly latencyMs: number;
  /** The share of requests that are answered with 500, 0..1. */
  readonly errorRate: number;
  /** Which requests fail is drawn from this seed: the same seed fails the same ones. */
  readonly seed: number;
  /** How long the fault lasts, ms. */
  readonly forMs: number;
}

export interface Faults {
  readonly set: (fault: Fault) => void;
  readonly clear: () => void;
  /** The fault that is on, if any. */
  readonly current: () => Fault | undefined;
  /** What the next request has to suffer. */
  readonly next: () => { latencyMs: number; fails: boolean };
}

const limits = {
  latencyMs: { max: 60_000, whole: true, default: 0 },
  errorRate: { max: 1, whole: false, default: 0 },
  seed: { max: 2 ** 32 - 1, whole: true, default: 1 },
  forMs: { max: 3_600_000, whole: true, default: 60_000 },
} as const;

/**
 * Checks what a client sent.
 *
 * @throws RangeError naming the field and its rule; TypeError when it is no object or has a field that is not known
 */
export function parseFault(body: unknown): Fault {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new TypeError('Cannot set a fault: the body must be a JSON object');
  }
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(limits, key));
  if (unknown !== undefined) {
    throw new TypeError(`Cannot set a fault: fields are ${Object.keys(limits).join(', ')}; got ${quoted(unknown)}`);
  }
  const read = (field: keyof typeof limits): number => {
    const { max, whole, default: standard } = limits[field];
    const value = given[field] ?? standard;
    if (typeof value === 'number' && value >= 0 && value <= max && (!whole || Number.isInteger(value))) return value;
    const rule = `${field} must be a ${whole ? 'whole ' : ''}number from 0 to ${max}`;
    throw new RangeError(`Cannot set a fault: ${rule}; got ${quoted(value)}`);
  };
  return { latencyMs: read('latencyMs'), errorRate: read('errorRate'), seed: read('seed'), forMs: read('forMs') };
}

function quoted(value: unknown): string {
  return JSON.stringify(value).slice(0, 80);
}

/** `now` gives ms on a clock that never goes back. */
export function createFaults(now: () => number = () => performance.now()): Faults {
  let active: { fault: Fault; until: number; random: () => number } | undefined;
  const current = (): Fault | undefined => {
    if (active && now() >= active.until) active = undefined;
    return active?.fault;
  };
  return {
    set: (fault) => void (active = { fault, until: now() + fault.forMs, random: seededRandom(fault.seed) }),
    clear: () => void (active = undefined),
    current,
    next: () => {
      const fault = current();
      if (!fault || !active) return { latencyMs: 0, fails: false };
      return { latencyMs: fault.latencyMs, fails: active.random() < fault.errorRate };
    },
  };
}
