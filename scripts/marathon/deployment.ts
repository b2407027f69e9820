/**
 * Following a deployment to its end, or knowing which app it is that does not get there, and why.
 *
 * Marathon tells of an end only by what is missing: a deployment that is done is not in the list any more (deployments.raml),
 * but neither is one that was given up, nor, for a moment, one that has just been ordered. So what counts is how the apps are.
 */
import type { Progress } from '../lib/progress.ts';
import { waitFor } from '../lib/wait.ts';
import type { Deployment } from './answers.ts';
import { type AppState, countsInWords, isBefore, isWell, look, stateOf } from './apps.ts';
import { appsOf, type Marathon } from './client.ts';
import { MarathonError } from './troubles.ts';
import type { Wanted } from './wanted.ts';
import { explain } from './why.ts';

/** A deployment that does not get to its end. */
export class DeploymentError extends Error {
  override name = 'DeploymentError';
}

export interface WaitingOptions {
  readonly withinMs: number;
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface FollowOptions extends WaitingOptions {
  readonly wanted: Wanted;
  /** What Marathon has answered; undefined: nothing was ordered. */
  readonly ordered: { readonly deploymentId: string; readonly version: string } | undefined;
  /** What is left of `withinMs`. */
  readonly leftMs: number;
  /** Tasks whose failure was known before. */
  readonly failedBefore: ReadonlySet<string>;
}

/** So often may tasks of an app fail before it counts as sick: one may have come before what it needs. */
const FAILURES = 3;

/** How all apps are in the end. @throws DeploymentError with the reason of each app that is not well */
export async function untilDeployed(marathon: Marathon, options: FollowOptions): Promise<AppState[]> {
  const { wanted, ordered, withinMs, leftMs, everyMs, signal, progress, failedBefore } = options;
  const failed = new Map([...wanted.apps.keys()].map((id) => [id, new Set<string>()]));
  let states: AppState[] = [];
  let running: readonly Deployment[] = [];
  let told = '';
  let away: MarathonError | undefined;
  const fail = async (why: string): Promise<never> => {
    const about = ordered ? `Deployment ${ordered.deploymentId} of ${wanted.id}` : wanted.id;
    const lines = [
      `${about} ${why}`,
      ...running.map((one) => `Now at ${stepInWords(one)}`),
      ...(away ? [away.message] : await explain(marathon, states.filter((state) => !isWell(state)))),
      ...(running.length === 0 && ordered && !away ? ['Marathon has it no more: it was given up, or is over'] : []),
      ...(running.length > 0 ? ['Marathon goes on trying; what is to replace this needs --force'] : []),
    ];
    throw new DeploymentError(lines.join('\n'));
  };
  const ask = async (): Promise<AppState[] | undefined> => {
    try {
      running = (await marathon.deployments()).filter((one) => concerns(one, wanted));
      const found = appsOf(await look(marathon, wanted) ?? { id: wanted.id });
      states = found.filter(({ id }) => wanted.apps.has(id)).map(stateOf);
      away = undefined;
    } catch (error) {
      // While another master becomes the leader nobody answers.
      if (!(error instanceof MarathonError && error.trouble.kind === 'unreachable')) throw error;
      away = error;
      return void progress.now(error.message);
    }
    const steps = running.map(stepInWords).join('; ');
    if (steps !== '' && steps !== told) progress.done(steps);
    told = steps;
    progress.now(countsInWords(states, wanted.id));
    const replaced = replacedApp(states, options);
    if (replaced !== undefined) await fail(`was replaced by another: ${replaced}`);
    if (running.length === 0 && states.every(isWell)) return states;
    for (const { id, app: { lastTaskFailure } } of states) {
      const own = failed.get(id)!;
      if (lastTaskFailure && !failedBefore.has(lastTaskFailure.taskId)) own.add(lastTaskFailure.taskId);
      if (own.size >= FAILURES) await fail(`is stuck: ${id} has failed ${own.size} times`);
    }
    return undefined;
  };
  return await waitFor(ask, { what: wanted.id, withinMs: leftMs, everyMs, signal }).catch(async (error: Error) => {
    if (error instanceof DeploymentError || error instanceof MarathonError || signal.aborted) throw error;
    return await fail(`is not done after ${withinMs / 1000} s`);
  });
}

/** What of the apps shows that somebody has ordered something else since then. */
function replacedApp(states: readonly AppState[], { wanted, ordered }: FollowOptions): string | undefined {
  if (!ordered) return undefined;
  const present = new Set(states.map(({ id }) => id));
  const gone = [...wanted.apps.keys()].find((id) => !present.has(id));
  if (gone !== undefined) return `${gone} is not there any more`;
  // Of a change the apps have its version (core/group/impl/GroupManagerImpl.scala).
  const newer = states.find(({ version }) => isBefore(ordered.version, version));
  return newer && `${newer.id} is of ${newer.version}, this of ${ordered.version}`;
}

export function concerns({ affectedApps = [] }: Deployment, { apps, id }: Pick<Wanted, 'apps' | 'id'>): boolean {
  return affectedApps.some((app) => apps.has(app) || app.startsWith(`${id}/`));
}

/** `deployment 97c1: step 2 of 3, RestartApplication /coinroom/worker` */
export function stepInWords({ id, currentStep, totalSteps, currentActions = [] }: Deployment): string {
  const actions = currentActions.map(({ action, app, pod }) => `${action} ${app ?? pod ?? ''}`.trim());
  return [`deployment ${id}: step ${currentStep} of ${totalSteps}`, ...actions].join(', ');
}

/**
 * Waits until other deployments, by their ids, are over. By looking, and not by trying to order again: Marathon keeps a
 * version of everything for each order that it refuses, and has room for some only (GroupManagerImpl.scala, storeRootVersion).
 *
 * @throws DeploymentError
 */
export async function untilUnlocked(
  marathon: Marathon,
  locks: readonly string[],
  { id, leftMs, withinMs, everyMs, signal, progress }: WaitingOptions & {
    readonly id: string;
    readonly leftMs: number;
  },
): Promise<void> {
  let told = '';
  let looks = 0;
  let last = `deployment ${locks.join(', ')}`;
  const ask = async (): Promise<true | undefined> => {
    const steps = (await marathon.deployments()).filter((one) => locks.includes(one.id)).map(stepInWords).join('; ');
    // It may hold the lock a moment before it is in the list.
    if (steps === '') return looks++ > 0 ? true : undefined;
    looks++;
    last = steps;
    if (told === '') progress.done(`${id} is locked; waits for ${steps}`);
    else progress.now(`${id} waits for ${steps}`);
    told = steps;
    return undefined;
  };
  await waitFor(ask, { what: id, withinMs: leftMs, everyMs, signal }).catch((error: Error) => {
    if (error instanceof MarathonError || signal.aborted) throw error;
    throw new DeploymentError(`${id} is still locked after ${withinMs / 1000} s, by ${last}: --force replaces that`);
  });
}
