/**
 * Many events in a row are one change: an action follows the first of them after a moment of quiet, and no later than
 * `atMostMs` after it. While the action runs, what comes is kept for the next one.
 */
export interface BurstOptions {
  readonly quietMs: number;
  readonly atMostMs: number;
  /** ms on a clock that never goes back. */
  readonly now?: () => number;
}

export interface Burst {
  /** Something has happened. */
  readonly add: () => void;
  /** Resolves when nothing is waited for and nothing runs; nothing begins after that. */
  readonly close: () => Promise<void>;
}

/** `action` must not throw. It is called with the time of the first event of its burst. */
export function createBurst(action: (since: number) => Promise<void>, options: BurstOptions): Burst {
  const { quietMs, atMostMs, now = () => performance.now() } = options;
  let since: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isClosed = false;

  function plan(): void {
    if (since === undefined || running || isClosed) return;
    clearTimeout(timer);
    const left = since + atMostMs - now();
    timer = setTimeout(begin, Math.max(0, Math.min(quietMs, left)));
  }

  function begin(): void {
    const from = since!;
    since = undefined;
    running = action(from).finally(() => {
      running = undefined;
      plan();
    });
  }

  return {
    add: () => {
      since ??= now();
      plan();
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      await running;
    },
  };
}
