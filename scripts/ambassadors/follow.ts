/** Follows what happens on engines, by Docker's events. Nothing is asked for again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../lib/engine.ts';
import { followLines, output } from '../lib/process.ts';

/** The part of Docker's event that is read here. */
interface DockerEvent {
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

export interface EngineEvent {
  readonly engine: Engine;
  /** `start`, `die`, `kill`, `destroy`, `connect`, `disconnect`. */
  readonly action: string;
  /** The container's id. */
  readonly id: string;
  /** Its labels, its name, the signal; empty for an event of a network. */
  readonly attributes: Readonly<Record<string, string>>;
}

const ACTIONS = ['start', 'die', 'kill', 'destroy', 'connect', 'disconnect'];

const TRY_AGAIN_MS = { least: 500, most: 10_000 } as const;

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: EngineEvent) => void;
  /** The engine is not heard any more, with the reason; or is again, and much may have happened: undefined. */
  readonly onTrouble: (engine: Engine, reason: string | undefined) => void;
}

export interface Following {
  /** Resolves after the signal. */
  readonly ended: Promise<void>;
}

/**
 * Resolves when it follows: what happens from then on is told. It goes on until the signal, and begins anew where an
 * engine has gone away.
 *
 * @throws CommandError when an engine does not answer at the beginning
 */
export async function followEvents(engines: readonly Engine[], options: FollowOptions): Promise<Following> {
  const since = await Promise.all(engines.map(clockOf));
  const all = Promise.all(engines.map((engine, at) => followOne(engine, since[at]!, options)));
  return { ended: all.then(() => {}) };
}

/** Not this machine's clock: the engine may have another. */
async function clockOf(engine: Engine): Promise<string> {
  return await output(['docker', 'info', '--format', '{{.SystemTime}}'], { env: engine.env, withinMs: 30_000 });
}

async function followOne(engine: Engine, from: string, { signal, onEvent, onTrouble }: FollowOptions): Promise<void> {
  const filters = ACTIONS.map((action) => `event=${action}`).flatMap((filter) => ['--filter', filter]);
  let since = from;
  for (;;) {
    const reason = await followLines(['docker', 'events', '--since', since, '--format', '{{json .}}', ...filters], {
      env: engine.env,
      signal,
      onLine: (line) => {
        const event = JSON.parse(line) as DockerEvent;
        since = (event.timeNano / 1e9).toFixed(9);
        onEvent(toEngineEvent(engine, event));
      },
    });
    if (signal.aborted) return;
    onTrouble(engine, reason);
    await untilItAnswers(engine, signal);
    if (signal.aborted) return;
    onTrouble(engine, undefined);
  }
}

function toEngineEvent(engine: Engine, { Type, Action, Actor: { ID, Attributes } }: DockerEvent): EngineEvent {
  if (Type !== 'network') return { engine, action: Action, id: ID, attributes: Attributes };
  return { engine, action: Action, id: Attributes.container ?? '', attributes: {} };
}

async function untilItAnswers(engine: Engine, signal: AbortSignal): Promise<void> {
  for (let waitMs: number = TRY_AGAIN_MS.least; !signal.aborted; waitMs = Math.min(waitMs * 2, TRY_AGAIN_MS.most)) {
    if (await clockOf(engine).then(() => true, () => false)) return;
    await sleep(waitMs, undefined, { signal }).catch(() => {});
  }
}
