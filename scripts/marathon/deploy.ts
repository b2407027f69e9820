/** `deploy URL -f FILE`: the JSON of a group or of an app, ordered, and followed until everything runs as it says. */
import { asUsage, EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { createProgress } from '../lib/progress.ts';
import { readInput } from '../lib/read-input.ts';
import { parseTime } from '../lib/parse-time.ts';
import { formatTable } from '../lib/table.ts';
import { UNCHANGED } from '../lib/words.ts';
import { accessFlags } from './access.ts';
import type { DeploymentResult } from './answers.ts';
import { appData, type AppState, formatApps, look, stateOf } from './apps.ts';
import { appsOf, type Marathon, pathOf } from './client.ts';
import { type AppChange, compareApps } from './compare.ts';
import { concerns, stepInWords, untilDeployed, untilUnlocked, type WaitingOptions } from './deployment.ts';
import { withMarathon } from './session.ts';
import { MarathonError } from './troubles.ts';
import { readWanted, type Wanted } from './wanted.ts';

const flags = {
  ...accessFlags,
  file: { type: 'string', short: 'f' },
  within: { type: 'string', default: '5m' },
  force: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const LOOK_EVERY_MS = 1000;

export const deploy = verb(flags, async ({ values, positionals: [urls, ...rest], signal }) => {
  if (rest.length > 0) {
    throw new UsageError(`deploy takes one URL, with commas between several; got ${rest.length + 1}`);
  }
  const withinMs = parseTime('--within', values.within);
  return await withMarathon({ urls, values, signal }, async (marathon) => {
    const wanted = await readFile(values.file);
    if (values['dry-run']) {
      const { data, told } = await foresee(marathon, wanted);
      print(values, data, told);
      return EXIT.done;
    }
    const { data, told } = await deployWanted(marathon, {
      ...{ wanted, isForced: values.force ?? false, withinMs, everyMs: LOOK_EVERY_MS, signal },
      progress: createProgress(),
    });
    print(values, data, told);
    return EXIT.done;
  });
});

async function readFile(file: string | undefined): Promise<Wanted> {
  if (file === undefined) {
    throw new UsageError('-f is missing: a FILE with the JSON of a group or of an app, or - for stdin');
  }
  const text = await readInput(file);
  return asUsage(() => readWanted(text, file === '-' ? 'what is on stdin' : file));
}

export interface Told {
  readonly data: unknown;
  readonly told: string;
}

/** What a deployment would do. Nothing but questions is sent. */
export async function foresee(marathon: Marathon, wanted: Wanted): Promise<Told> {
  const changes = compareApps(wanted, await look(marathon, wanted));
  const others = (await marathon.deployments()).filter((one) => concerns(one, wanted)).map(stepInWords);
  const path = pathOf(wanted.kind === 'group' ? 'groups' : 'apps', wanted.id);
  const isAnything = changes.some(({ change }) => change !== 'unchanged');
  const told = [
    isAnything
      ? `PUT ${path} to ${marathon.name}:`
      : `Nothing would be sent to ${marathon.name}: all is as it is wanted`,
    ...(isAnything ? [JSON.stringify(wanted.body, null, 2)] : []),
    formatChanges(changes),
    ...others.map((step) => `Would wait for ${step}; --force would replace it`),
  ];
  const data = {
    method: 'PUT',
    path,
    masters: marathon.name,
    body: isAnything ? wanted.body : null,
    changes,
    waits: others,
  };
  return { data, told: told.join('\n') };
}

function formatChanges(changes: readonly AppChange[]): string {
  return formatTable(
    ['app', 'is', 'differs in'],
    changes.map(({ id, change, fields }) => [id, change, fields.join(', ')]),
  );
}

export interface DeployOptions extends WaitingOptions {
  readonly wanted: Wanted;
  readonly isForced: boolean;
}

/** @throws DeploymentError, MarathonError */
export async function deployWanted(marathon: Marathon, options: DeployOptions): Promise<Told> {
  const { wanted, withinMs } = options;
  const deadline = performance.now() + withinMs;
  const before = await look(marathon, wanted);
  const apps = before ? appsOf(before) : [];
  const changes = compareApps(wanted, before);
  const isAnything = changes.some(({ change }) => change !== 'unchanged');
  const ordered = isAnything ? await order(marathon, options, deadline) : undefined;
  const states = await untilDeployed(marathon, {
    ...{ ...options, ordered, leftMs: deadline - performance.now() },
    failedBefore: new Set(apps.flatMap(({ lastTaskFailure }) => lastTaskFailure?.taskId ?? [])),
  });
  const made = settle(changes, apps.map(stateOf), states).filter(({ change }) => change !== 'unchanged');
  const told = [
    ...(made.length === 0 ? [] : [formatChanges(made), '']),
    formatApps(states),
    made.length === 0 ? UNCHANGED : `Deployment ${ordered!.deploymentId} is done`,
  ];
  const data = { deploymentId: ordered?.deploymentId ?? null, changed: made, apps: states.map(appData) };
  return { data, told: told.join('\n') };
}

/** Marathon knows better: an app that it has left as it was has its version of before. */
function settle(changes: readonly AppChange[], before: readonly AppState[], after: readonly AppState[]): AppChange[] {
  const versions = new Map(before.map(({ id, version }) => [id, version]));
  const kept = new Set(after.filter(({ id, version }) => versions.get(id) === version).map(({ id }) => id));
  return changes.map((one) => kept.has(one.id) ? { ...one, change: 'unchanged', fields: [] } : one);
}

/** Orders it as soon as no other deployment has locked one of its apps; forced, at once. */
async function order(marathon: Marathon, options: DeployOptions, deadline: number): Promise<DeploymentResult> {
  const { wanted: { kind, id, body }, isForced, progress } = options;
  if (isForced) {
    const others = (await marathon.deployments()).filter((one) => concerns(one, options.wanted));
    for (const other of others) progress.done(`--force replaces ${stepInWords(other)}`);
  }
  for (;;) {
    try {
      return await (kind === 'group' ? marathon.putGroup : marathon.putApp)(id, body, { isForced });
    } catch (error) {
      if (!(error instanceof MarathonError) || error.trouble.kind !== 'locked') throw error;
      await untilUnlocked(marathon, error.trouble.deployments, {
        ...options,
        id,
        leftMs: deadline - performance.now(),
      });
    }
  }
}
