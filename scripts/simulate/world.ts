/**
 * A world with its own time: what happens is a list of events, and which comes when is drawn from a seed. The code under
 * test only awaits promises that events settle, so that the same seed gives the same story to the letter.
 */
import type { Clock } from '../../src/service/clock.ts';
import { seededRandom } from '../../src/service/random.ts';

export interface World {
  readonly clock: Clock;
  readonly random: () => number;
  /** A number in [from, to). */
  readonly between: (from: number, to: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  readonly after: (ms: number, action: () => void) => void;
  /** Lets time pass, event by event, until `ms`, or until nothing is left to happen. */
  readonly runUntil: (ms: number) => Promise<void>;
  /** One line of the story; kept only when somebody asked for it. */
  readonly tell: (line: () => string) => void;
  readonly story: readonly string[];
}

interface Event {
  readonly at: number;
  /** Events of one moment happen in the order in which they were planned. */
  readonly order: number;
  readonly action: () => void;
}

export function createWorld(seed: number, { keepsStory = false }: { keepsStory?: boolean } = {}): World {
  const random = seededRandom(seed);
  const events: Event[] = [];
  const story: string[] = [];
  let now = 0;
  let order = 0;

  function after(ms: number, action: () => void): void {
    const event = { at: now + Math.max(0, ms), order: order++, action };
    let place = events.length;
    // Sorted from the last to the first, so that the next one is popped.
    while (place > 0 && isBefore(events[place - 1]!, event)) place--;
    events.splice(place, 0, event);
  }

  return {
    clock: {
      now: () => now,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          signal.addEventListener('abort', () => resolve(), { once: true });
          after(ms, resolve);
        }),
    },
    random,
    between: (from, to) => from + random() * (to - from),
    chance: (probability) => random() < probability,
    after,
    runUntil: async (end) => {
      while (events.length > 0 && events.at(-1)!.at <= end) {
        const event = events.pop()!;
        now = event.at;
        event.action();
        // All promises that this settled are followed up before the next event.
        await new Promise((resolve) => setImmediate(resolve));
      }
      now = end;
    },
    tell: (line) => void (keepsStory && story.push(`${now.toFixed(1).padStart(9)} ${line()}`)),
    story,
  };
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
