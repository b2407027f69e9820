/**
 * A shell that commands are typed into, on this machine or on another. Each command is a bash of its own in a process
 * group of its own, so that it can be ended with all that it has started; the folder it ends in and the variables it
 * has exported are what the next one begins with. The same script does that everywhere: it is handed to `bash -s` on
 * its standard input, which also carries the signals, and whose end is the end of the command.
 */
import { spawn } from 'node:child_process';
import { shWord } from '../lib/sh-word.ts';

export interface ShellOptions {
  /** The program that runs a bash script from its standard input: `bash -s`, with ssh in front for another machine. */
  readonly command: readonly string[];
  /** Where the first command begins. */
  readonly folder: string;
  /** An empty folder there, for what goes from one command to the next. */
  readonly stateFolder: string;
  /** Default: this process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface StartOptions {
  /** Whether the next command begins where this one ends; true. */
  readonly isFollowed?: boolean;
  readonly onLine?: (line: string) => void;
}

/** A command that was started. */
export interface Job {
  /** All lines of both its streams so far. */
  readonly lines: readonly string[];
  /** Its exit code, 128 + the signal that ended it; `lost` when the way to it was (ssh's own trouble). */
  readonly ended: Promise<number | 'lost'>;
  /** To its process group. */
  readonly signal: (name: 'INT' | 'KILL') => void;
}

/** More than that is kept of no command, and it is killed: nobody reads so much. */
const MOST_CHARACTERS = 2 ** 24;

/** For the way there to end after the command has. */
const GRACE_MS = 5000;

export function startJob(shell: ShellOptions, command: string, options: StartOptions = {}): Job {
  const { isFollowed = true, onLine } = options;
  const [file, ...args] = shell.command;
  const env = Object.entries(shell.env ?? process.env).filter(([, value]) => value !== undefined);
  // In a session of its own there is no terminal that a program could ask on.
  const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true, env: Object.fromEntries(env) });
  const lines: string[] = [];
  let characters = 0;
  let isOver = false;
  const signal = (name: 'INT' | 'KILL'): void => {
    child.stdin.write(`${name}\n`);
    // The way there may be stuck.
    if (name === 'KILL') setTimeout(() => isOver || process.kill(-child.pid!, 'SIGKILL'), GRACE_MS).unref();
  };
  const take = (line: string): void => {
    lines.push(line);
    onLine?.(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let begun = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      characters += text.length;
      if (characters > MOST_CHARACTERS) return signal('KILL');
      const parts = (begun + text).split('\n');
      begun = parts.pop()!;
      parts.forEach(take);
    }).on('end', () => begun === '' || take(begun));
  }
  // It may have ended before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.write(script(shell, command, isFollowed));
  const ended = new Promise<number | 'lost'>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === SSH_FAILED ? 'lost' : code ?? 137));
    child.on('exit', () => {
      isOver = true;
      // What has left the process group may hold the streams for ever.
      setTimeout(() => [child.stdout, child.stderr].forEach((stream) => stream.destroy()), GRACE_MS).unref();
    });
  });
  ended.catch(() => {});
  return { lines, ended, signal };
}

/** ssh's own exit code for all that is its own trouble. */
const SSH_FAILED = 255;

/** How long what a command has left behind in its group has to end by itself, in tenths of a second. */
const GROUP_TENTHS = 50;

/** With job control each background job has its own process group; without it, background jobs would ignore Ctrl-C. */
function script({ folder, stateFolder }: ShellOptions, command: string, isFollowed: boolean): string {
  const [where, variables] = [shWord(`${stateFolder}/folder`), shWord(`${stateFolder}/variables`)];
  return `{
set -m
(
  set +m
  if [ -f ${variables} ]; then
    unset $(compgen -e) 2>/dev/null
    . ${variables} 2>/dev/null
    cd -- "$(cat ${where})" || exit
  else
    cd -- ${shWord(folder)} || exit
  fi
  ${isFollowed ? `trap ${shWord(`pwd >${where}; declare -px >${variables}`)} EXIT` : ''}
  set -e
  eval ${shWord(command)}
) </dev/null &
block=$!
(
  while read -r name; do kill -"$name" -- "-$block"; done
  kill -KILL -- "-$block"
) >/dev/null 2>&1 &
reader=$!
set +m
exec 2>/dev/null
wait "$block"
code=$?
for tenth in $(seq ${GROUP_TENTHS}); do
  kill -0 -- "-$block" || break
  sleep 0.1
done
kill -KILL -- "-$block"
kill "$reader"
exit $((code == ${SSH_FAILED} ? 254 : code))
}
`;
}
