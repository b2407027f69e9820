/**
 * The programs that scripts run: docker, git, ssh. By zx, with a deadline on each. Children have a process group of
 * their own, so Ctrl-C reaches them by the signal that is handed down, after what has to be said and undone.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { $, which } from 'zx';

const MINUTES = 60_000;

/** For a program that was told to end; then it is killed. */
const END_WITHIN_MS = 5000;

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For its standard input, which is empty otherwise. */
  readonly input?: string;
  /** The deadline, ms; 10 minutes. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
  /** Each line of both its streams as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that ended with another exit code than 0. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly finished: Finished;

  constructor(command: readonly string[], finished: Finished) {
    const said = (finished.stderr.trim() || finished.stdout.trim()).split('\n').slice(-12).join('\n');
    super(`${command.join(' ')} ended with ${finished.code}${said === '' ? '' : `: ${said}`}`);
    this.finished = finished;
  }
}

/**
 * Runs a program to its end, whatever its exit code.
 *
 * @throws Error when it cannot be started, takes longer than its deadline, or is stopped by the signal
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { cwd, env = {}, input, withinMs = 10 * MINUTES, signal, onLine } = options;
  signal?.throwIfAborted();
  const variables = Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== undefined);
  const child = $({
    nothrow: true,
    quiet: true,
    detached: true,
    env: Object.fromEntries(variables),
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  })`${command}`;
  // Not by zx, which would never come back from a program that ends before it has read all.
  if (input !== undefined) child.stdin.on('error', () => {}).end(input);
  if (onLine) {
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  }
  let reason: unknown;
  let lastResort: NodeJS.Timeout | undefined;
  const end = (why: unknown): void => {
    reason ??= why;
    killGroup(child.pid, 'SIGTERM');
    lastResort = setTimeout(() => killGroup(child.pid, 'SIGKILL'), END_WITHIN_MS);
  };
  const timer = setTimeout(
    () => end(new Error(`${command.join(' ')} took longer than ${withinMs / 1000} s`)),
    withinMs,
  );
  const onAbort = (): void => end(signal!.reason);
  signal?.addEventListener('abort', onAbort);
  try {
    const { exitCode, stdout, stderr } = await child;
    if (reason !== undefined) throw reason;
    return { code: exitCode ?? 1, stdout, stderr };
  } finally {
    clearTimeout(timer);
    clearTimeout(lastResort);
    signal?.removeEventListener('abort', onAbort);
  }
}

export interface FollowOptions {
  readonly env?: RunOptions['env'];
  readonly signal: AbortSignal;
  /** Each line of its standard output. */
  readonly onLine: (line: string) => void;
}

/** Runs a program that goes on and on, and keeps nothing of what it says. Gives, when it has ended, why. */
export async function followLines(
  command: readonly string[],
  { env = {}, signal, onLine }: FollowOptions,
): Promise<string> {
  const [file, ...args] = command;
  const child = spawn(file!, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end = (): void => killGroup(child.pid, 'SIGTERM');
  signal.addEventListener('abort', end);
  try {
    return await new Promise<string>((resolve) => {
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => said = (said + text).slice(-2000));
      createInterface({ input: child.stdout }).on('line', onLine);
      child.on('error', ({ message }) => resolve(message));
      child.on('close', (code) => resolve(said.trim() || `${file} ended with ${code}`));
      if (signal.aborted) end();
    });
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/**
 * Ends a child with its own children. Not by zx's kill(), which lists all processes of the machine to find them.
 */
export function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // It is over already.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * What a program prints on stdout, without the last newline.
 *
 * @throws CommandError with what it said when its exit code is not 0; what run() throws
 */
export async function output(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await run(command, options);
  if (finished.code !== 0) throw new CommandError(command, finished);
  return finished.stdout.trimEnd();
}

/** Programs that scripts need, and how to get them. */
const HOW_TO_GET = {
  cli53: 'https://github.com/barnybug/cli53',
  dig: 'apt-get install bind9-dnsutils, brew install bind',
  docker: 'https://docs.docker.com/engine/install/',
  git: 'https://git-scm.com/downloads',
  nsupdate: 'apt-get install bind9-dnsutils, brew install bind',
  openssl: 'apt-get install openssl, brew install openssl',
  ssh: 'the OpenSSH client of your system',
  terraform: 'https://developer.hashicorp.com/terraform/install',
} as const;

export type ProgramName = keyof typeof HOW_TO_GET;

/** @throws Error that says how to get the programs that are missing */
export async function needPrograms(...names: readonly ProgramName[]): Promise<void> {
  const missing: string[] = [];
  for (const name of names) {
    if (await which(name, { nothrow: true }) === null) missing.push(`${name} (${HOW_TO_GET[name]})`);
  }
  if (missing.length > 0) throw new Error(`This needs programs that are not on this machine: ${missing.join(', ')}`);
}
