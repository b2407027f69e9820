/** What a fault does to the mining, as anybody sees it who looks at the page a few times a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../testkit/eventually.ts';
import type { Harm } from './harm.ts';
import type { Miner } from './miners.ts';

/** In seconds, but for `gone`; both kinds of applications write, or read, their counters once a second. */
export interface Outage {
  /** From the fault until {@link STANDS_STILL_SECONDS} had passed without a hash; 0 where that never was. */
  readonly felt: number;
  /** From the end of the fault until the next hash; 0 where it never stood still, or came before. */
  readonly back: number;
  /** From the end of the fault until the first {@link SPEED_OVER_SECONDS} in which it mined about as before. */
  readonly recovered: number;
  /** How much mining is missing: of hashes at the speed before. */
  readonly missing: number;
  /** By how many hashes the counter went back: what had been stored, and is gone. */
  readonly gone: number;
}

const LOOK_EVERY_MS = 150;

/** A counter that is written once a second, and read once a second, stands still for so long when all is well. */
const STANDS_STILL_SECONDS = 2.5;

/** Over which a speed is taken. */
const SPEED_OVER_SECONDS = 6;

/** For how long it has been well then: what is missing is missing beside that. */
const SPEED_BEFORE_SECONDS = 10;

/** Of the speed before: in six seconds such a counter is written five to seven times. */
const WELL = 0.75;

/** Who has not come back then is said to have taken that long. */
const GIVE_UP_SECONDS = 60;

interface Look {
  /** On this machine's clock, s. */
  readonly at: number;
  readonly hashes: number;
}

/** Looks at the page all the while. What a store loses is not taken back: what counts is what comes. */
export function watchMiner({ hashes }: Miner) {
  const looks: Look[] = [];
  const over = new AbortController();
  let [mined, gone, last] = [0, 0, 0];
  const watching = (async () => {
    while (!over.signal.aborted) {
      const now = await hashes().catch(() => undefined);
      if (now !== undefined) {
        if (looks.length > 0) {
          mined += Math.max(0, now - last);
          gone += Math.max(0, last - now);
        }
        last = now;
        looks.push({ at: seconds(), hashes: mined });
      }
      await sleep(LOOK_EVERY_MS);
    }
  })();
  return {
    /** Hashes a second from then until now. */
    speedSince: (from: number): number => {
      const before = looks.findLast(({ at }) => at <= from);
      return before === undefined || looks.length === 0 ? 0 : (mined - before.hashes) / (seconds() - before.at);
    },
    gone: (): number => gone,
    /** When there was one hash more, and when the next. */
    growth: (): number[] => looks.flatMap(({ at, hashes }, n) => n > 0 && hashes > looks[n - 1]!.hashes ? [at] : []),
    stop: async (): Promise<void> => {
      over.abort();
      await watching;
    },
  };
}

export type MinerWatch = ReturnType<typeof watchMiner>;

export function seconds(): number {
  return performance.now() / 1000;
}

interface Suffering {
  readonly harm: Harm;
  /** The id of a container. */
  readonly victim: string;
  /** When all is well, hashes a second: what it has to come back to. */
  readonly speed: number;
  /** Starts again what has not come back from the fault before. */
  readonly mend: () => Promise<unknown>;
}

export async function measureOutage(
  watch: MinerWatch,
  { harm, victim, speed, mend }: Suffering,
): Promise<Outage> {
  await untilSpeed(watch, { speed }).catch(async () => {
    await mend();
    await untilSpeed(watch, { speed, since: seconds() });
  });
  await sleep((SPEED_BEFORE_SECONDS - SPEED_OVER_SECONDS) * 1000);
  // Not that of the beginning: on a machine that others use, a quarter of an hour is long.
  const before = watch.speedSince(seconds() - SPEED_BEFORE_SECONDS);
  const [from, goneBefore] = [seconds(), watch.gone()];
  await harm.begin(victim);
  await sleep(harm.seconds * 1000);
  // What is killed is over at once; that it may have to be started by hand is a part of its coming back.
  const ended = harm.seconds === 0 ? from : seconds();
  await harm.end(victim);
  const recovered = await untilSpeed(watch, { speed, since: ended })
    .then(() => seconds() - SPEED_OVER_SECONDS - ended, () => GIVE_UP_SECONDS);
  const missing = Math.max(0, seconds() - from - watch.speedSince(from) * (seconds() - from) / before);
  return { ...gapIn(watch.growth(), { from, ended }), recovered, missing, gone: watch.gone() - goneBefore };
}

/** Waits until it mines as fast as it should, by what it has done since then. */
async function untilSpeed(
  watch: MinerWatch,
  { speed, since = -Infinity }: { readonly speed: number; readonly since?: number },
): Promise<void> {
  await eventually(() => {
    const from = seconds() - SPEED_OVER_SECONDS;
    return from >= since && watch.speedSince(from) >= WELL * speed;
  }, { what: `${(WELL * speed).toFixed(1)} hashes a second`, withinMs: GIVE_UP_SECONDS * 1000, everyMs: 100 });
}

/** The longest time without a hash since the fault began. */
function gapIn(growth: readonly number[], { from, ended }: { readonly from: number; readonly ended: number }) {
  const first = growth.findLastIndex((at) => at <= from);
  const times = [...growth.slice(Math.max(0, first)), seconds()];
  const gaps = times.slice(1).map((to, n) => ({ begin: times[n]!, to }));
  const { begin, to } = gaps.reduce((one, other) => other.to - other.begin > one.to - one.begin ? other : one);
  if (to - begin <= STANDS_STILL_SECONDS) return { felt: 0, back: 0 };
  return { felt: Math.max(0, begin + STANDS_STILL_SECONDS - from), back: Math.max(0, to - ended) };
}
