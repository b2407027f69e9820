/** How apps are: what is wished for, what runs of it, where. */
import { formatTable } from '../lib/table.ts';
import type { AppInfo, GroupInfo, Task } from './answers.ts';
import type { Marathon } from './client.ts';
import type { Wanted } from './wanted.ts';

export interface AppState {
  readonly id: string;
  readonly wished: number;
  /** Tasks that run and have the configuration of now. */
  readonly running: number;
  /** Of those; undefined: nothing checks it. */
  readonly healthy: number | undefined;
  /** Tasks of a configuration of before. */
  readonly outdated: number;
  readonly version: string;
  readonly app: AppInfo;
}

/** What is there of what is wanted; a single app comes as a group of its own. */
export async function look(
  marathon: Marathon,
  { kind, id }: Pick<Wanted, 'kind' | 'id'>,
): Promise<GroupInfo | undefined> {
  if (kind === 'group') return await marathon.group(id);
  const app = await marathon.app(id);
  return app && { id, apps: [app] };
}

export function stateOf(app: AppInfo): AppState {
  const { id, instances = 1, tasks = [], healthChecks = [], version = '' } = app;
  const own = tasks.filter((task) => !isOutdated(task, app));
  const running = own.filter(isRunning);
  return {
    ...{ id, wished: instances, version, app },
    running: running.length,
    healthy: healthChecks.length === 0 ? undefined : running.filter(isHealthy).length,
    outdated: tasks.length - own.length,
  };
}

export function isWell({ wished, running, healthy = running, outdated }: AppState): boolean {
  return running === wished && healthy === wished && outdated === 0;
}

export function isRunning({ state }: Task): boolean {
  return state === 'TASK_RUNNING';
}

/** Only where something checks it: without a result yet it is not. */
export function isHealthy({ healthCheckResults = [] }: Task): boolean {
  return healthCheckResults.length > 0 && healthCheckResults.every(({ alive }) => alive);
}

/** A task keeps the version with which it was started; a change of `instances` makes a new version, but no new task. */
export function isOutdated({ version }: Task, { versionInfo }: AppInfo): boolean {
  const { lastConfigChangeAt } = versionInfo ?? {};
  return version !== undefined && lastConfigChangeAt !== undefined && isBefore(version, lastConfigChangeAt);
}

/** As text they compare wrongly where one has no milliseconds. */
export function isBefore(one: string, other: string): boolean {
  return Date.parse(one) < Date.parse(other);
}

/** `worker 2/4, rng 1/1`, below the group. */
export function countsInWords(states: readonly AppState[], group: string): string {
  const short = (id: string): string => id.startsWith(`${group}/`) ? id.slice(group.length + 1) : id;
  return states.map(({ id, running, wished }) => `${short(id)} ${running}/${wished}`).join(', ');
}

export function formatApps(states: readonly AppState[]): string {
  const rows = states.map(({ id, wished, running, healthy, version, app }) => [
    ...[id, `${running} of ${wished}`, healthy === undefined ? 'not checked' : `${healthy} of ${wished}`, version],
    placesOf(app.tasks ?? []),
  ]);
  return formatTable(['app', 'running', 'healthy', 'version', 'where'], rows);
}

/** `10.0.0.1:31000, 10.0.0.2 (3)`: of several on one host how many there are. */
function placesOf(tasks: readonly Task[]): string {
  const hosts = [...Map.groupBy(tasks, ({ host }) => host)].sort(([one], [other]) => one < other ? -1 : 1);
  return hosts.map(([host, own]) => {
    const ports = own[0]!.ports ?? [];
    return own.length > 1 ? `${host} (${own.length})` : ports.length === 0 ? host : `${host}:${ports.join(',')}`;
  }).join(', ');
}

/** For --json: without the definition, in whose environment secrets are. */
export function appData({ id, wished, running, healthy, outdated, version, app: { tasks = [] } }: AppState) {
  return {
    ...{ id, wished, running, healthy: healthy ?? null, outdated, version },
    tasks: tasks.map((task) => ({ id: task.id, host: task.host, ports: task.ports ?? [], state: task.state })),
  };
}
