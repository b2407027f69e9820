/** What a webui says at `/json`, of which only this is read here. */

/** Times are the store's clock, Unix time in seconds; what is not known is null. */
export interface PageNumbers {
  readonly coins: number | null;
  readonly hashes: number | null;
  readonly duplicates: number | null;
  readonly now: number;
  readonly speed: number | null;
  readonly workers: readonly { readonly id: string; readonly lastSeen: number }[];
  /** Requests of the workers that report now: failed since the start of each, answered in a second. */
  readonly requests: { readonly failed: number; readonly answeredPerSecond: number };
}

/** Who takes longer is not there for anybody who looks. */
const WITHIN_MS = 2000;

/** @throws Error that says why there are none */
export async function readPage(url: string, signal: AbortSignal): Promise<PageNumbers> {
  try {
    const within = AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]);
    const answer = await fetch(new URL('/json', url), { signal: within });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new Error(`it answered ${answer.status}`);
    }
    return parsePage(await answer.json());
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') throw new Error(`no answer within ${WITHIN_MS / 1000} s`, { cause: error });
    // fetch() itself says no more than that it failed.
    const why = (cause as NodeJS.ErrnoException | undefined)?.code;
    throw new Error(why === undefined ? message : `no answer: ${why}`, { cause: error });
  }
}

function parsePage(value: unknown): PageNumbers {
  const page = object(value);
  const upstreams = object(page.upstreams);
  // Not the store: where it does not answer, the webui tells of its own requests instead of the workers'.
  const both = [upstreams.rng, upstreams.hasher].map(object);
  return {
    coins: numberOrNull(page.coins),
    hashes: numberOrNull(page.hashes),
    duplicates: numberOrNull(page.duplicates),
    now: number(page.now),
    speed: numberOrNull(page.hash_speed_10s),
    workers: list(page.workers).map(object).map(({ id, lastSeen }) => ({ id: String(id), lastSeen: number(lastSeen) })),
    requests: {
      failed: sum(both.map(({ errors }) => number(errors))),
      answeredPerSecond: sum(both.map(({ requestsPerSecond }) => number(requestsPerSecond))),
    },
  };
}

const REFUSAL = 'what answers at /json is not a webui of this kind';

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  throw new TypeError(REFUSAL);
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(REFUSAL);
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(REFUSAL);
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : number(value);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
