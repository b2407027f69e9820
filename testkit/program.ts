/** Programs under test: started, read line by line, stopped, with their exit code and their time. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { eventually } from './eventually.ts';
import type { Scope } from './machine.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Program {
  readonly pid: number;
  /** All lines of both streams so far. */
  readonly lines: readonly string[];
  /** Lines of stdout alone. */
  readonly output: readonly string[];
  /** The first line that matches, now or later. */
  readonly line: (pattern: RegExp, withinMs?: number) => Promise<string>;
  readonly kill: (signal?: NodeJS.Signals) => void;
  /** Sends the signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A process group of its own, which is killed as a whole after the test. */
  readonly ownGroup?: boolean;
}

/** Starts a program; what is left of it after the test is killed. */
export function startProgram(t: Scope, command: readonly string[], options: ProgramOptions = {}): Program {
  const { cwd, env = {}, ownGroup = false } = options;
  const [file, ...args] = command;
  const child = spawn(file!, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: Object.fromEntries(Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined)),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: ownGroup,
  });
  const lines: string[] = [];
  const output: string[] = [];
  collect(child, { lines, output });
  const exited = new Promise<Exit>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  exited.catch(() => {});
  let isOver = false;
  exited.finally(() => isOver = true).catch(() => {});
  t.after(async () => {
    if (ownGroup) killGroup(child.pid!);
    else kill('SIGKILL');
    await exited.catch(() => {});
  });
  // Not child.kill(): on Deno that makes `signal` what was sent, and not what the program ended by.
  const kill = (signal: NodeJS.Signals): void => void (isOver || process.kill(child.pid!, signal));
  return {
    pid: child.pid!,
    lines,
    output,
    line: async (pattern, withinMs = 30_000) => {
      const found = (): string | undefined => lines.find((line) => pattern.test(line));
      // Undefined: it came to its end, or its time was over, without such a line.
      const line = await eventually(() => found() ?? (isOver && 'over'), { what: String(pattern), withinMs })
        .then(() => found(), () => undefined);
      if (line !== undefined) return line;
      const how = isOver ? 'ended' : `ran ${withinMs} ms`;
      throw new Error(
        `${command.join(' ')} ${how} without a line like ${pattern}; it said:\n${lines.slice(-20).join('\n')}`,
      );
    },
    kill: (signal = 'SIGTERM') => kill(signal),
    stop: async (signal = 'SIGTERM') => {
      kill(signal);
      return await exited;
    },
    exited,
  };
}

/** Runs a program to its end. */
export async function runProgram(
  t: Scope,
  command: readonly string[],
  options: ProgramOptions = {},
): Promise<Exit & { readonly output: string; readonly all: string }> {
  const program = startProgram(t, command, options);
  const exit = await program.exited;
  return { ...exit, output: program.output.join('\n'), all: program.lines.join('\n') };
}

/** Resident memory of a process. From `ps`, since Deno's permissions for the tests leave /proc out. */
export function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

/** The files that a process has open, on Linux. By `ls`, for the same reason. */
export function openFiles(pid: number): string[] {
  // Some are closed while it looks, which it complains about.
  const { stdout } = spawnSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  return stdout.split('\n').flatMap((line) => line.split(' -> ')[1] ?? []);
}

function collect(child: ChildProcess, { lines, output }: { lines: string[]; output: string[] }): void {
  createInterface({ input: child.stdout! }).on('line', (line) => {
    output.push(line);
    lines.push(line);
  });
  createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
