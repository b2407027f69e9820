/** A role that has been started, as main and ROLE=all hold it. */
export interface Running {
  /** The port that it took. */
  readonly port: number;
  /** Told to stop: from now on it is not ready and starts nothing new, but goes on serving. */
  readonly drain: () => void;
  /** Stops accepting, finishes what is in flight, flushes, closes. Gives the exit code: 1 when something was lost. */
  readonly close: () => Promise<0 | 1>;
}
