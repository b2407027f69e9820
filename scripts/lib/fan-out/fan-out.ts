/**
 * One script on many hosts at once, and what became of it on each. Every host has an end of its own: what stops one
 * stops no other, unless `maxFail` says so.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../in-parallel.ts';
import { type Captured, createCapture } from './capture.ts';
import type { Connections, Host } from './connections.ts';
import { createPacer } from './pacer.ts';
import { runSession, type SessionEnd } from './session.ts';
import { isWorthAnotherTry, type Trouble } from './trouble.ts';

export interface Target {
  readonly host: Host;
  /** What people call it, such as `c3:n1`; no other target may have it. */
  readonly name: string;
}

/** How it ended: well, with another exit code, in the middle, not at all, or before it had begun. */
export type End = 'done' | 'failed' | 'timed out' | 'lost' | 'stopped' | 'not tried' | Trouble;

export interface Result {
  readonly target: Target;
  readonly end: End;
  /** The script's exit code, where it came to its end. */
  readonly code: number | undefined;
  /** One line on why; empty when it is done. */
  readonly detail: string;
  /** How often it was begun. */
  readonly tries: number;
  /** From the first of them on. */
  readonly ms: number;
  readonly stdout: Captured;
  readonly stderr: Captured;
}

export interface FanOutOptions {
  readonly connections: Connections;
  /** What each runs, by sh. A script that was cut off may be run again, if `retry` is not `never`. */
  readonly script: (target: Target) => string;
  /** For the script once it has begun. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
  /** How many hosts are worked on at a time; 64. */
  readonly atOnce?: number;
  /** New connections a second; 40. Those that are shared with earlier ones cost nothing. */
  readonly perSecond?: number;
  /** How often one is tried whose script could not begin, with longer and longer pauses; 3. */
  readonly tries?: number;
  /** When more than so many have failed, no other is begun. Default: no limit. */
  readonly maxFail?: number;
  /** The first so many go first, and all of them have to be done before any other is begun; 0. */
  readonly canary?: number;
  /** Where the output of each is written, as NAME.out and NAME.err. */
  readonly outputFolder?: string | undefined;
  readonly onBegin?: (target: Target) => void;
  readonly onEnd?: (result: Result) => void;
}

/** Between two tries; each is up to a half longer or shorter, so that not all come again at once. */
const PAUSE_MS = { first: 500, most: 8000 } as const;

/** In the order of the targets. Rejects only when ssh cannot be started at all. */
export async function fanOut(targets: readonly Target[], options: FanOutOptions): Promise<Result[]> {
  const { atOnce = 64, perSecond = 40, maxFail = Infinity, canary = 0, signal, connections } = options;
  const takeTurn = createPacer(perSecond);
  let failed = 0;
  const work = async (target: Target): Promise<Result> => {
    if (signal.aborted || failed > maxFail) {
      return notTried(target, signal.aborted ? 'stopped before it' : tooMany(maxFail));
    }
    options.onBegin?.(target);
    const result = await runOne(target, { ...options, takeTurn });
    if (result.end !== 'done') failed++;
    options.onEnd?.(result);
    return result;
  };
  const first = await inParallel(targets.slice(0, canary), atOnce, work);
  const early = first.map(valueOf);
  const bad = early.find(({ end }) => end !== 'done');
  const rest = targets.slice(canary);
  const later = bad
    ? rest.map((target) => notTried(target, `${bad.target.name}, which went first, is ${bad.end}`))
    : (await inParallel(rest, atOnce, work)).map(valueOf);
  if (signal.aborted) await connections.close(targets.map(({ host }) => host));
  return [...early, ...later];
}

function valueOf<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

function tooMany(maxFail: number): string {
  return `more than ${maxFail} had failed`;
}

function notTried(target: Target, detail: string): Result {
  return withoutTrying(target, 'not tried', detail);
}

/** The result for a host whose end is known before anybody goes there. */
export function withoutTrying(target: Target, end: End, detail: string): Result {
  const nothing = createCapture(undefined).close();
  return { target, end, code: undefined, detail, tries: 0, ms: 0, stdout: nothing, stderr: nothing };
}

type RunOneOptions = FanOutOptions & { readonly takeTurn: (signal: AbortSignal) => Promise<void> };

async function runOne(target: Target, options: RunOneOptions): Promise<Result> {
  const { connections, tries: most = 3, signal } = options;
  const { host } = target;
  const from = performance.now();
  let pauseMs: number = PAUSE_MS.first;
  for (let tries = 1;; tries++) {
    const wasOpen = connections.isOpen(host);
    const { session, stdout, stderr } = await runOnce(target, options);
    const again = session.kind === 'not begun' && !signal.aborted &&
      // A shared connection may have died without a word.
      (wasOpen || (tries < most && isWorthAnotherTry(session.trouble)));
    if (!again) {
      const end = await withBothKeys(asEnd(session, stderr), host, connections);
      return { target, ...end, tries, ms: performance.now() - from, stdout, stderr };
    }
    if (wasOpen) await connections.close([host]);
    else await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS.most);
  }
}

async function runOnce(
  target: Target,
  { connections, script, withinMs, signal, outputFolder, takeTurn }: RunOneOptions,
): Promise<{ readonly session: SessionEnd; readonly stdout: Captured; readonly stderr: Captured }> {
  const { host, name } = target;
  const file = (suffix: string): string | undefined =>
    outputFolder === undefined ? undefined : join(outputFolder, `${name.replaceAll(/[^\w.:@-]/g, '_')}.${suffix}`);
  const captures = { stdout: createCapture(file('out')), stderr: createCapture(file('err')) };
  const session = await (async (): Promise<SessionEnd> => {
    if (!connections.isOpen(host)) await takeTurn(signal).catch(() => {});
    return await runSession({
      ...{ ssh: connections.command(host), env: connections.env(host), script: script(target), withinMs, signal },
      connectWithinMs: connections.connectWithinMs,
      onOutput: (chunk, stream) => captures[stream].take(chunk),
    });
  })();
  return { session, stdout: captures.stdout.close(), stderr: captures.stderr.close() };
}

type HowItEnded = Pick<Result, 'end' | 'code' | 'detail'>;

async function withBothKeys(how: HowItEnded, host: Host, connections: Connections): Promise<HowItEnded> {
  if (how.end !== 'key changed') return how;
  const recorded = await connections.recordedKeys(host);
  return recorded.length === 0 ? how : { ...how, detail: `${how.detail}; recorded is ${recorded.join(' or ')}` };
}

function asEnd(session: SessionEnd, stderr: Captured): HowItEnded {
  switch (session.kind) {
    case 'ended': {
      const { code } = session;
      if (code === 0) return { end: 'done', code, detail: '' };
      const said = stderr.text().trim().split('\n').at(-1)!.trim();
      return { end: 'failed', code, detail: said === '' ? `exit code ${code}` : `exit code ${code}: ${said}` };
    }
    case 'not begun':
      return { end: session.trouble, code: undefined, detail: session.detail };
    case 'lost':
      return { end: 'lost', code: undefined, detail: `the way there was lost in the middle: ${session.detail}` };
    case 'timed out':
      return { end: 'timed out', code: undefined, detail: session.detail };
    case 'stopped':
      return { end: 'stopped', code: undefined, detail: 'stopped in the middle; it may go on there' };
  }
}
