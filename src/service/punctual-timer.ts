/**
 * A timer that is right on average. The runtime's timers fire up to a millisecond or two late, always late; this one
 * learns by how much and asks for that much less, so that a delay of 100 ms takes 100 ms in the mean, to a tenth.
 */
export interface PunctualTimer {
  /** Calls `action` about when performance.now() reaches `due`. Gives the way to call it off. */
  readonly at: (due: number, action: () => void) => () => void;
}

/** A timer this late is a busy or a paused process, and nothing to learn from. */
const MOST_LATENESS_MS = 5;

/** How much of the newest lateness is believed. */
const WEIGHT = 0.1;

export function createPunctualTimer(): PunctualTimer {
  let lateness = 1;
  return {
    at: (due, action) => {
      const timer = setTimeout(() => {
        const late = performance.now() - due;
        if (late < MOST_LATENESS_MS) lateness += WEIGHT * late;
        action();
      }, Math.max(0, due - performance.now() - lateness));
      return () => clearTimeout(timer);
    },
  };
}
