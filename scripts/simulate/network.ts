/**
 * The way between a worker and the store. Messages are late, lost, doubled and overtaken; a connection that is cut fails
 * what waits on it, while what was sent on it may still arrive, long after.
 */
import type { Answer, Store } from '../../src/store/store.ts';
import type { ModelStore } from './model-store.ts';
import type { World } from './world.ts';

/** How bad the network is. */
export interface Weather {
  /** The share of messages that never arrive. */
  readonly loss: number;
  /** The share that arrives twice. */
  readonly doubles: number;
  /** The share that is held back, and for how long at most, ms. */
  readonly late: number;
  readonly latestMs: number;
}

export const CALM: Weather = { loss: 0, doubles: 0, late: 0, latestMs: 0 };

/** A call fails after this time without an answer, ms. */
const TIMEOUT_MS = 1000;

export interface Network {
  /** What a worker has in its hands. */
  readonly connect: () => { store: Pick<Store, 'record' | 'report'>; cut: () => void };
  readonly setWeather: (weather: Weather) => void;
}

export function createNetwork(world: World, store: ModelStore, { tellsDurable }: { tellsDurable: boolean }): Network {
  let weather = CALM;

  /** Brings a message over: never, once or twice, sooner or later. */
  function bring(deliver: () => void): void {
    if (world.chance(weather.loss)) return;
    const copies = world.chance(weather.doubles) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const isLate = world.chance(weather.late);
      world.after(isLate ? world.between(10, weather.latestMs) : world.between(0.2, 3), deliver);
    }
  }

  function connect(): ReturnType<Network['connect']> {
    const pending = new Set<(error: Error) => void>();

    function call<T>(send: (reply: (answer: T) => void) => void, timeoutMs: number): Promise<T> {
      return new Promise((resolve, reject) => {
        const fail = (error: Error): void => {
          pending.delete(fail);
          reject(error);
        };
        pending.add(fail);
        world.after(timeoutMs, () => fail(new Error('no answer in time')));
        // An answer on a connection that is no more, or to a call that was given up, is read by nobody.
        const read = (answer: T): void => void (pending.delete(fail) && resolve(answer));
        bring(() => send((answer) => bring(() => read(answer))));
      });
    }

    return {
      store: {
        record: (batch) => call<Answer>((reply) => store.record(batch, reply), TIMEOUT_MS),
        report: (id) => {
          if (!tellsDurable) return call<number>((reply) => store.ping(() => reply(0)), TIMEOUT_MS);
          return call<number>((reply) => store.report(id, reply), 3 * TIMEOUT_MS);
        },
      },
      cut: () => {
        for (const fail of [...pending]) fail(new Error('the connection was cut'));
      },
    };
  }

  return { connect, setWeather: (next) => void (weather = next) };
}
