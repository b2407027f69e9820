/** How far something is: one line that changes on a terminal, a plain line now and then elsewhere. On stderr. */
export interface Progress {
  /** What is going on now. */
  readonly now: (text: string) => void;
  /** Something that stays: a step is done. */
  readonly done: (text: string) => void;
}

/** How often what is going on is told where it cannot be told in place. */
const PLAIN_EVERY_MS = 10_000;

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let toldAt = performance.now();
  const clear = stream.isTTY ? '\r\x1b[K' : '';
  return {
    now: (text) => {
      if (stream.isTTY) return void stream.write(`${clear}${text.slice(0, stream.columns - 1)}`);
      if (performance.now() - toldAt < PLAIN_EVERY_MS) return;
      toldAt = performance.now();
      stream.write(`${text}\n`);
    },
    done: (text) => {
      toldAt = performance.now();
      stream.write(`${clear}${text}\n`);
    },
  };
}
