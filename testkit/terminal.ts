/** Programs on a terminal of their own, as a user has one: by `script` of util-linux. */
import { spawn } from 'node:child_process';
import { eventually } from './eventually.ts';
import { type Scope, unlessInstalled } from './machine.ts';

/** For the option `skip`. */
export const unlessTerminal = process.platform === 'linux'
  ? unlessInstalled('script', 'apt-get install bsdutils')
  : 'the script of util-linux is on Linux only';

export interface Terminal {
  /** All that was written on it so far, with its codes. */
  readonly text: () => string;
  /** Resolves when that has been written, now or later. */
  readonly shows: (pattern: RegExp, withinMs?: number) => Promise<void>;
  /** `\x03` is Ctrl-C, `\r` the return key. */
  readonly type: (keys: string) => void;
  /** The program's exit code. */
  readonly exited: Promise<number | null>;
}

/** Starts a program on a terminal of 100 columns; what is left of it after the test is killed. */
export function startOnTerminal(t: Scope, command: readonly string[], { rows = 40 } = {}): Terminal {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qfec', `stty rows ${rows} cols 100; exec ${line}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => text += part);
  let isOver = false;
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      isOver = true;
      resolve(code);
    });
  });
  exited.catch(() => {});
  t.after(async () => {
    if (!isOver) process.kill(child.pid!, 'SIGKILL');
    await exited.catch(() => {});
  });
  return {
    text: () => text,
    shows: async (pattern, withinMs = 30_000) => {
      const show = (): string => `${pattern} on a terminal that shows:\n${text.slice(-3000)}`;
      await eventually(() => pattern.test(text), { what: `${pattern}`, withinMs }).catch((cause: Error) => {
        throw new Error(`Waited in vain for ${show()}`, { cause });
      });
    },
    type: (keys) => void child.stdin.write(keys),
    exited,
  };
}
