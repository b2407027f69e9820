/** Where faults are brought about and guarded: the host of an engine, or a machine. */
import { waitFor } from '../../lib/wait.ts';
import type { Facts, Fault } from '../faults/fault.ts';
import { GUARD_SCRIPTS, type GuardState, type Order, parseState } from './guard.ts';

export interface Site {
  readonly name: string;
  /** @throws Error that says why nothing can be done there */
  readonly facts: (signal: AbortSignal) => Promise<Facts>;
  /** Starts a guard, which brings its fault about. @throws TakenError when there is one with this id */
  readonly arm: (order: Order, signal: AbortSignal) => Promise<void>;
  /**
   * Runs sh beside that guard: what it says. Where there is no such guard any more, `gone` is said.
   *
   * @throws UnreachableError while nobody can be asked
   */
  readonly beside: (id: string, script: string, options?: BesideOptions) => Promise<string>;
  /** The guards that are there. */
  readonly list: (signal?: AbortSignal) => Promise<Guard[]>;
  /** Takes away what a guard that has ended has left. */
  readonly remove: (id: string) => Promise<void>;
  /** Takes back what is ours in networks there and has no guard any more. Gives what that was. @param keep ids of guards */
  readonly sweep: (keep: readonly string[], signal?: AbortSignal) => Promise<readonly string[]>;
}

export interface BesideOptions {
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

export interface Guard extends GuardState {
  readonly id: string;
  /** JSON. */
  readonly what: string;
}

/** Somebody else has armed a guard of this name. */
export class TakenError extends Error {
  override name = 'TakenError';
}

/** Nobody can be asked there now. A fault that is on there ends by itself. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/** How long nobody needs to be heard of before a fault is taken back; never longer than the fault was to last. */
export const LEASE_MS = 15_000;

/** How long taking back may take beyond its time. */
const LIFT_WITHIN_MS = 60_000;

/** A machine that is started anew is away until it is up: one with much to look through takes minutes. */
const UP_WITHIN_MS = 5 * 60_000;

export async function stateOf(site: Site, id: string, options?: BesideOptions): Promise<GuardState> {
  return parseState(await site.beside(id, GUARD_SCRIPTS.state(id), options));
}

/** Whether the fault can be seen on the victim. */
export async function isOn(
  site: Site,
  id: string,
  { endsGuard = false }: Pick<Fault, 'endsGuard'> = {},
): Promise<boolean> {
  try {
    const said = (await site.beside(id, `${GUARD_SCRIPTS.isOn(id)} && echo yes || echo no`)).trim();
    return said === 'yes' || (endsGuard && said === 'gone');
  } catch (error) {
    if (endsGuard && error instanceof UnreachableError) return true;
    throw error;
  }
}

/** Gives how it stands, and what it is, with one question for all. */
export async function renew(site: Site, id: string, leaseMs = LEASE_MS): Promise<Omit<Guard, 'id'>> {
  const questions = [GUARD_SCRIPTS.renew(id, leaseMs), GUARD_SCRIPTS.state(id), GUARD_SCRIPTS.what(id)];
  const said = await site.beside(id, questions.join('\n'));
  const [state = '', what = '{}'] = said.split('\n');
  return { ...parseState(state), what };
}

export interface LiftOptions extends Pick<Fault, 'endsGuard'> {
  readonly signal?: AbortSignal;
}

/**
 * Has the fault taken back, and comes back when it is: off, or gone; or stuck, and why. A site that is not reached is
 * asked again and again.
 *
 * @throws UnreachableError for one that is not reached in time
 */
export async function lift(
  site: Site,
  id: string,
  { signal, endsGuard = false }: LiftOptions = {},
): Promise<GuardState> {
  const options = signal ? { signal } : {};
  let isTold = false;
  let away: UnreachableError | undefined;
  const ask = async (): Promise<GuardState | undefined> => {
    try {
      if (!isTold) await site.beside(id, GUARD_SCRIPTS.lift(id), options);
      isTold = true;
      const state = await stateOf(site, id, options);
      away = undefined;
      return state.state === 'armed' || state.state === 'on' ? undefined : state;
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      away = error;
      return undefined;
    }
  };
  const ended = await waitFor(ask, {
    what: `${id} on ${site.name} to be taken back`,
    withinMs: endsGuard ? UP_WITHIN_MS : LIFT_WITHIN_MS,
    ...options,
  }).catch((error: unknown) => {
    throw away ?? error;
  });
  if (ended.state !== 'stuck') await site.remove(id);
  return ended;
}

/** What `list` of a guard has said, in pairs of lines. */
export function parseList(text: string): Guard[] {
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.flatMap((line, at) => {
    if (at % 2 === 1) return [];
    const [id] = line.split(' ', 1);
    return [{ id: id!, what: lines[at + 1] ?? '{}', ...parseState(line.slice(id!.length + 1)) }];
  });
}
