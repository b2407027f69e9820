/**
 * One script on one host, over the system's ssh. The script and its variables travel on ssh's standard input, so
 * nothing of them is seen in a list of processes, there or here. It is framed by two marks of its own: what a login shell or a
 * motd prints before the first is nobody's output, and without the second the way there was lost.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { killGroup } from '../process.ts';
import { explainTrouble, type Trouble } from './trouble.ts';

export interface SessionOptions {
  /** ssh with all its options and the host; what is to be run there follows. */
  readonly ssh: readonly string[];
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For sh, whatever the login shell is. Its standard input is empty. */
  readonly script: string;
  /** From the start until the script begins, login and all. */
  readonly connectWithinMs: number;
  /** From then on. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** What the script says, as it comes. The buffer may be kept. */
  readonly onOutput: (chunk: Buffer, stream: 'stdout' | 'stderr') => void;
}

export type SessionEnd =
  /** The script ran to its end. */
  | { readonly kind: 'ended'; readonly code: number }
  /** It never began. */
  | { readonly kind: 'not begun'; readonly trouble: Trouble; readonly detail: string }
  /** It began, and nobody knows how it ended. */
  | { readonly kind: 'lost'; readonly detail: string }
  | { readonly kind: 'timed out'; readonly detail: string }
  | { readonly kind: 'stopped' };

/** What ssh and a login shell may say before the script begins, for the reason when it does not. */
const MOST_NOISE_BYTES = 65_536;

/** For a process that was told to end. */
const END_WITHIN_MS = 3000;

/** Resolves when no process of it is left. Never rejects, unless ssh cannot be started. */
export async function runSession(options: SessionOptions): Promise<SessionEnd> {
  const { ssh, env = {}, script, connectWithinMs, withinMs, signal, onOutput } = options;
  if (signal.aborted) return { kind: 'stopped' };
  const token = `coinroom-${randomBytes(9).toString('hex')}`;
  const [file, ...args] = ssh;
  const variables = Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined);
  const child = spawn(file!, [...args, 'sh', '-s'], {
    env: Object.fromEntries(variables),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C on the terminal is not for it, and it is ended with all that it has started.
    detached: true,
  });
  const frames = {
    stdout: createFrame(token, (chunk) => onOutput(chunk, 'stdout')),
    stderr: createFrame(token, (chunk) => onOutput(chunk, 'stderr')),
  };
  let reason: SessionEnd | undefined;
  let lastResort: NodeJS.Timeout | undefined;
  const end = (why: SessionEnd): void => {
    reason ??= why;
    killGroup(child.pid, 'SIGTERM');
    lastResort ??= setTimeout(() => killGroup(child.pid, 'SIGKILL'), END_WITHIN_MS);
  };
  const took = `it took longer than ${withinMs / 1000} s; it may go on there`;
  const hangs = `it did not let us begin within ${connectWithinMs / 1000} s`;
  let timer = setTimeout(() => end({ kind: 'not begun', trouble: 'hangs', detail: hangs }), connectWithinMs);
  const onAbort = (): void => end({ kind: 'stopped' });
  signal.addEventListener('abort', onAbort, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    const hadBegun = frames.stdout.hasBegun();
    frames.stdout.take(chunk);
    if (hadBegun || !frames.stdout.hasBegun()) return;
    clearTimeout(timer);
    timer = setTimeout(() => end({ kind: 'timed out', detail: took }), withinMs);
  });
  child.stderr.on('data', (chunk: Buffer) => frames.stderr.take(chunk));
  // It may have ended before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(framed(script, token));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
      // A connection that others share stays, and older versions of ssh let it hold these.
      child.on(
        'exit',
        () => setTimeout(() => [child.stdout, child.stderr].forEach((one) => one.destroy()), 500).unref(),
      );
    });
    const ended = frames.stdout.close();
    frames.stderr.close();
    if (ended !== undefined) return { kind: 'ended', code: ended };
    if (reason) return reason;
    const said = frames.stderr.noise();
    if (frames.stdout.hasBegun()) return { kind: 'lost', detail: lastLine(said) || `ssh ended with ${code}` };
    return { kind: 'not begun', ...explainTrouble(said, code) };
  } finally {
    clearTimeout(timer);
    clearTimeout(lastResort);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Read to its closing bracket before any of it runs: nothing in it can eat the rest. */
function framed(script: string, token: string): string {
  return `{
printf '\\001${token} begin\\n'; printf '\\001${token} begin\\n' >&2
(
${script}
) </dev/null
printf '\\001${token} end %s\\n' $?
exit 0
}
`;
}

interface Frame {
  readonly take: (chunk: Buffer) => void;
  readonly hasBegun: () => boolean;
  /** What came before it began, or, where it has not, all. */
  readonly noise: () => string;
  /** Hands on what it has kept. Gives the exit code that the mark at the end has. */
  readonly close: () => number | undefined;
}

/** Finds the marks in a stream, wherever it is cut. */
function createFrame(token: string, onOutput: (chunk: Buffer) => void): Frame {
  const begin = Buffer.from(`\x01${token} begin\n`);
  const endMark = Buffer.from(`\x01${token} end `);
  // The mark at the end, with three digits and its newline.
  const longest = endMark.length + 4;
  let noise: Buffer = Buffer.alloc(0);
  let held: Buffer = Buffer.alloc(0);
  let hasBegun = false;
  return {
    take: (chunk) => {
      if (!hasBegun) {
        noise = Buffer.concat([noise, chunk]);
        const at = noise.indexOf(begin);
        if (at < 0) return void (noise = noise.subarray(-MOST_NOISE_BYTES));
        hasBegun = true;
        chunk = noise.subarray(at + begin.length);
        noise = noise.subarray(0, at);
      }
      const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      // What may be the beginning of the mark is kept back.
      const safe = Math.max(0, all.length - longest);
      if (safe > 0) onOutput(all.subarray(0, safe));
      held = all.subarray(safe);
    },
    hasBegun: () => hasBegun,
    noise: () => noise.toString('utf8'),
    close: () => {
      const at = held.lastIndexOf(endMark);
      const rest = at < 0 ? held : held.subarray(0, at);
      if (rest.length > 0) onOutput(rest);
      return at < 0 ? undefined : Number(held.subarray(at + endMark.length).toString().trim());
    },
  };
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)!.trim();
}
