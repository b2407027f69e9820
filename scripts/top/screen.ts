/** Where tables go: one that changes in place on a terminal, one after the other elsewhere. */
import { EXIT } from '../lib/command-line.ts';

export interface Screen {
  /** How many lines are seen at once. */
  readonly height: () => number;
  readonly show: (lines: readonly string[]) => void;
  /** Gives the cursor back. */
  readonly close: () => void;
}

/** Whoever reads may have seen enough (`| head -1`): that is an end, and no error. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.done);
  });
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR = '\x1b[2J';
const HOME = '\x1b[H';
const CLEAR_TO_END_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** In place only where `live` is set and it is a terminal. */
export function createScreen(stream: NodeJS.WriteStream, { live }: { readonly live: boolean }): Screen {
  endWithReader(stream);
  if (!live || !stream.isTTY) {
    return {
      height: () => Infinity,
      show: (lines) => void stream.write(`${lines.join('\n')}\n${live ? '\n' : ''}`),
      close: () => {},
    };
  }
  const restore = (): void => void stream.write(SHOW_CURSOR);
  // A second Ctrl-C ends the process where it is.
  process.once('exit', restore);
  stream.write(HIDE_CURSOR + CLEAR);
  return {
    height: () => sizeOf(stream).rows - 1,
    show: (lines) => {
      const { columns } = sizeOf(stream);
      const text = lines.map((line) => `${line.slice(0, columns)}${CLEAR_TO_END_OF_LINE}\n`).join('');
      // One write, over what is there: nothing flickers.
      stream.write(HOME + text + CLEAR_BELOW);
    },
    close: () => {
      process.off('exit', restore);
      restore();
    },
  };
}

/** Some terminals say that they are 0 wide: those do not know. */
function sizeOf({ rows, columns }: NodeJS.WriteStream): { rows: number; columns: number } {
  return { rows: rows || Infinity, columns: columns || Infinity };
}
