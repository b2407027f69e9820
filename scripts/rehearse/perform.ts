/** One marked command: it is run, and what comes of it compared with what the text promises. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MarkedCommand, Marks } from '../lib/marked-commands.ts';
import { type Job, type ShellOptions, startJob } from './shell.ts';

export interface PerformOptions {
  /** The deadline where the text sets none, ms; a minute. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** A command that did not do what its text promises. */
export class CommandFailure extends Error {
  override name = 'CommandFailure';
  /** Of both its streams. */
  readonly lastLines: readonly string[];
  /** The way to its machine was lost. */
  readonly isLost: boolean;

  constructor(reason: string, lines: readonly string[], { isLost = false } = {}) {
    super(reason);
    this.lastLines = lines.slice(-20);
    this.isLost = isLost;
  }
}

const DEFAULT_WITHIN_MS = 60_000;
const RETRY_EVERY_MS = 500;
/** As long as a service may take to drain, twice. */
const CTRL_C_WITHIN_MS = 10_000;

/**
 * Runs a command as its marks say. Gives the job of one that is to go on: the caller ends it.
 *
 * @throws CommandFailure; the signal's reason; what keeps a shell from being started
 */
export async function perform(
  shell: ShellOptions,
  { command, marks }: MarkedCommand,
  options: PerformOptions = {},
): Promise<Job | undefined> {
  const attempt = (): Promise<Job | undefined> => attemptOnce(shell, command, { ...options, marks });
  const until = performance.now() + marks.retryMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CommandFailure) || performance.now() >= until) throw error;
      await sleep(RETRY_EVERY_MS, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

async function attemptOnce(
  shell: ShellOptions,
  command: string,
  { marks, withinMs = DEFAULT_WITHIN_MS, signal, onLine }: PerformOptions & { readonly marks: Marks },
): Promise<Job | undefined> {
  signal?.throwIfAborted();
  const watched = marks.until ?? marks.keep;
  const said = Promise.withResolvers<'said'>();
  const job = startJob(shell, command, {
    isFollowed: !marks.keep,
    onLine: (line) => {
      onLine?.(line);
      if (watched?.test(line)) said.resolve('said');
    },
  });
  const fail = (reason: string): never => {
    throw new CommandFailure(`${reason}; expected ${describe(marks)}`, job.lines);
  };
  const deadlineMs = marks.withinMs ?? withinMs;
  const what = await endedOr(job, said.promise, deadlineMs, signal);
  if (what === 'said') return marks.keep ? job : await pressCtrlC(job, signal);
  if (what === 'late') return fail(`took longer than ${deadlineMs / 1000} s`);
  if (what !== marks.exit || watched) return fail(`ended with ${what}`);
  if (marks.expect && !marks.expect.test(job.lines.join('\n'))) return fail('did not say it');
  return undefined;
}

function describe({ exit, expect, until, keep }: Marks): string {
  const watched = until ?? keep;
  if (watched) return `a line like ${watched}`;
  return `exit code ${exit}${expect ? ` and to hear ${expect}` : ''}`;
}

/** Waits for one of them; a job that is late, or no longer wanted, is killed with all that it has started. */
async function endedOr<T extends string>(
  job: Job,
  event: Promise<T>,
  withinMs: number,
  signal: AbortSignal | undefined,
): Promise<number | T | 'late'> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), withinMs);
  const onAbort = (): void => late.resolve('late');
  signal?.addEventListener('abort', onAbort);
  try {
    const what = await Promise.race([event, job.ended, late.promise]);
    if (what === 'lost') throw new CommandFailure('lost the way to its machine', job.lines, { isLost: true });
    if (what !== 'late') return what as number | T;
    job.signal('KILL');
    await job.ended;
    signal?.throwIfAborted();
    return 'late';
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** @throws CommandFailure when it does not end by that */
export async function pressCtrlC(job: Job, signal?: AbortSignal): Promise<undefined> {
  job.signal('INT');
  const what = await endedOr(job, new Promise<never>(() => {}), CTRL_C_WITHIN_MS, signal);
  if (what === 'late') {
    throw new CommandFailure(`did not end within ${CTRL_C_WITHIN_MS / 1000} s of Ctrl-C`, job.lines);
  }
}
