/** The apps of a Marathon in memory: what a change of them takes, step by step, and how they are shown. */

/** As it is put. */
export interface Definition {
  readonly id: string;
  readonly instances?: number;
  readonly healthChecks?: readonly unknown[];
  readonly upgradeStrategy?: { readonly minimumHealthCapacity?: number };
  readonly [key: string]: unknown;
}

export interface KeptTask {
  readonly id: string;
  readonly host: string;
  readonly state: string;
  readonly ports: readonly number[];
  /** Of the app, when it was started. */
  readonly version: string;
  readonly healthCheckResults?: readonly object[];
}

export interface Kept {
  readonly definition: Definition;
  readonly version: string;
  /** The version of the last change that was more than one of `instances`. */
  readonly configured: string;
  readonly tasks: readonly KeptTask[];
  readonly failure: object | undefined;
}

export interface Action {
  readonly action: string;
  readonly app: string;
  /** Undefined: it is stopped. */
  readonly definition: Definition | undefined;
}

export interface Running {
  readonly id: string;
  readonly version: string;
  readonly steps: readonly (readonly Action[])[];
  /** From 0. */
  at: number;
}

/** What keeps an app from getting on: it waits in the queue (queue.raml); each tick a task fails; or none gets healthy. */
export type Held =
  | { readonly kind: 'waiting'; readonly queue: object }
  | { readonly kind: 'failing'; readonly message: string; readonly queue: object }
  | { readonly kind: 'unhealthy'; readonly result: object };

/** core/deployment/DeploymentPlan.scala: stops, starts with no instance, then each app to its number, or restarted. */
export function planOf(
  apps: ReadonlyMap<string, Kept>,
  wanted: ReadonlyMap<string, Definition>,
  below: (id: string) => boolean,
): Action[][] {
  const stopped = [...apps.keys()].filter((id) => below(id) && !wanted.has(id));
  const started = [...wanted].filter(([id]) => !apps.has(id));
  const changed = [...wanted].filter(([id, definition]) => {
    const own = apps.get(id);
    return own && JSON.stringify(own.definition) !== JSON.stringify(definition);
  });
  const isScaled = ([id, { instances: _, ...rest }]: readonly [string, Definition]): boolean => {
    const { instances: __, ...old } = apps.get(id)!.definition;
    return JSON.stringify(old) === JSON.stringify(rest);
  };
  return [
    stopped.map((app): Action => ({ action: 'StopApplication', app, definition: undefined })),
    started.map(([app, definition]): Action => ({ action: 'StartApplication', app, definition })),
    ...started.map(([app, definition]): Action[] => [{ action: 'ScaleApplication', app, definition }]),
    ...changed.map((one): Action[] => [{
      ...{ action: isScaled(one) ? 'ScaleApplication' : 'RestartApplication', app: one[0], definition: one[1] },
    }]),
  ].filter((actions) => actions.length > 0);
}

interface World {
  readonly apps: Map<string, Kept>;
  readonly held: ReadonlyMap<string, Held>;
  readonly now: number;
}

/** Does what a tick can do for the step of now; whether that has been all. */
export function finishStep({ steps, at }: Running, { apps, held, now }: World): boolean {
  return steps[at]!.map(({ action, app }) => {
    const own = apps.get(app);
    if (action === 'StopApplication' || action === 'StartApplication' || !own) return true;
    const keeping = held.get(app);
    if (keeping?.kind === 'waiting') return false;
    const [name, host] = [app.slice(1).replaceAll('/', '_'), (index: number) => `10.0.0.${index + 1}`];
    if (keeping?.kind === 'failing') {
      const failure = {
        ...{ appId: app, taskId: `${name}.${now}`, host: host(0), state: 'TASK_FAILED', message: keeping.message },
        ...{ timestamp: new Date(now).toISOString(), version: own.version },
      };
      apps.set(app, { ...own, failure });
      return false;
    }
    const { instances = 1, healthChecks = [] } = own.definition;
    const result = keeping?.result ?? { alive: true, consecutiveFailures: 0 };
    const tasks = Array.from({ length: instances }, (_, index): KeptTask => ({
      ...{ id: `${name}.${index}`, host: host(index), ports: [31000 + index], state: 'TASK_RUNNING' },
      ...{ version: own.version, ...(healthChecks.length === 0 ? {} : { healthCheckResults: [result] }) },
    }));
    apps.set(app, { ...own, tasks });
    return keeping === undefined;
  }).every(Boolean);
}

/** An app that no deployment works on gets what it lacks; really every 5 minutes (--scale_apps_interval). */
export function scaleRest(world: World, deployments: readonly Running[]): void {
  for (const [app, { definition, tasks }] of world.apps) {
    const isBusy = deployments.some(({ steps }) => steps.flat().some((one) => one.app === app));
    if (isBusy || tasks.length === (definition.instances ?? 1)) continue;
    const steps = [[{ action: 'ScaleApplication', app, definition }]];
    finishStep({ id: '', version: '', steps, at: 0 }, world);
  }
}

/** deploymentEventsInfo.raml; the step from 1, as core/deployment/impl/DeploymentActor.scala counts. */
export function stepInfoOf({ id, version, steps, at }: Running): object {
  const plain = (actions: readonly Action[]): object[] => actions.map(({ action, app }) => ({ action, app }));
  return {
    ...{ id, version, affectedPods: [], steps: steps.map((actions) => ({ actions: plain(actions) })) },
    affectedApps: [...new Set(steps.flat().map(({ app }) => app))],
    currentActions: plain(steps[at]!),
    ...{ currentStep: at + 1, totalSteps: steps.length },
  };
}

/** app.raml, AppInfo: with the defaults of what was not put, and what is embedded. */
export function infoOf(own: Kept, deployments: readonly Running[], embeds: readonly string[]): { readonly id: string } {
  const { definition, version, configured, tasks, failure } = own;
  const { id } = definition;
  const running = deployments.filter(({ steps }) => steps.flat().some(({ app }) => app === id));
  return {
    ...{
      acceptedResourceRoles: ['*'],
      backoffFactor: 1.15,
      backoffSeconds: 1,
      cpus: 1,
      disk: 0,
      executor: '',
      gpus: 0,
    },
    ...{ instances: 1, mem: 128, maxLaunchDelaySeconds: 300, killSelection: 'YOUNGEST_FIRST', requirePorts: false },
    ...{ role: '*', networks: [{ mode: 'host' }], portDefinitions: [] },
    ...{ unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 } },
    ...{ upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 } },
    ...definition,
    ...{ version, versionInfo: { lastScalingAt: version, lastConfigChangeAt: configured } },
    ...(embeds.includes('tasks') ? { tasks } : {}),
    ...(embeds.includes('deployments') ? { deployments: running.map((one) => ({ id: one.id })) } : {}),
    ...(embeds.includes('lastTaskFailure') && failure ? { lastTaskFailure: failure } : {}),
  };
}
