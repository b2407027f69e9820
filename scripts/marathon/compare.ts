/**
 * What a deployment would change: the file beside what is there, by the names of what differs, never by its value.
 *
 * What is there has all defaults, which the file has not. Where it is not certain that both are the same, they count as
 * different: Marathon, which knows, then leaves the app as it was, while the other error would deploy nothing, and say so.
 */
import type { GroupInfo } from './answers.ts';
import { appsOf } from './client.ts';
import { type Fields as Json, isObject } from './check/read.ts';
import { parentOf, resolveId } from './check/resolve-id.ts';
import type { Wanted } from './wanted.ts';

export interface AppChange {
  readonly id: string;
  readonly change: 'created' | 'changed' | 'unchanged' | 'removed';
  /** Of one that is changed: `instances`, `env.DELAY_MS`, `healthChecks(0).path`. */
  readonly fields: readonly string[];
}

/**
 * docs/docs/rest-api/public/api/v2/types/{app,appContainer,docker,healthCheck,network,readinessCheck,unreachableStrategy,
 * artifact}.raml, and what Marathon writes for them (raml/AppConversion.scala). A boolean that is not here is false.
 */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  acceptedResourceRoles: ['*'],
  backoffFactor: 1.15,
  backoffSeconds: 1,
  cpus: 1,
  disk: 0,
  gpus: 0,
  instances: 1,
  killSelection: 'YOUNGEST_FIRST',
  maxLaunchDelaySeconds: 300,
  mem: 128,
  networks: [{ mode: 'host' }],
  'networks.mode': 'container',
  role: '*',
  unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
  'unreachableStrategy.inactiveAfterSeconds': 0,
  'unreachableStrategy.expungeAfterSeconds': 0,
  upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
  'upgradeStrategy.minimumHealthCapacity': 1,
  'upgradeStrategy.maximumOverCapacity': 1,
  'container.type': 'DOCKER',
  'container.portMappings.containerPort': 0,
  'container.portMappings.hostPort': 0,
  'container.portMappings.protocol': 'tcp',
  'container.portMappings.servicePort': 0,
  'portDefinitions.port': 0,
  'portDefinitions.protocol': 'tcp',
  'fetch.extract': true,
  'healthChecks.delaySeconds': 15,
  'healthChecks.gracePeriodSeconds': 300,
  'healthChecks.intervalSeconds': 60,
  'healthChecks.ipProtocol': 'IPv4',
  'healthChecks.maxConsecutiveFailures': 3,
  'healthChecks.protocol': 'HTTP',
  'healthChecks.timeoutSeconds': 20,
};

/** A port 0 here is one that Marathon chooses once, and keeps (AssignDynamicServiceLogic). */
const ASSIGNED = new Set(['container.portMappings.servicePort', 'portDefinitions.port']);

/** Of what is there: not of the definition, but of how it is. The id is the same by then. */
const NO_DEFINITION = new Set([
  ...['id', 'version', 'versionInfo', 'tasks', 'tasksStaged', 'tasksRunning', 'tasksHealthy', 'tasksUnhealthy'],
  ...['deployments', 'lastTaskFailure', 'readinessCheckResults', 'taskStats', 'tasksStats'],
]);

/** @param there undefined: nothing is; of a single app, a group with this app alone */
export function compareApps({ kind, id, body, apps }: Wanted, there: GroupInfo | undefined): AppChange[] {
  const present = new Map((there ? appsOf(there) : []).map((app) => [app.id, app]));
  const kept = [...apps].map(([own, definition]): AppChange => {
    const app = present.get(own);
    if (!app) return { id: own, change: 'created', fields: [] };
    const fields = differences(withPaths(definition, own), withPaths(app as unknown as Json, own), '');
    return { id: own, change: fields.length === 0 ? 'unchanged' : 'changed', fields };
  });
  const removed = kind === 'group' && there ? removedApps(body, id, there) : [];
  return [...kept, ...removed.map((own): AppChange => ({ id: own, change: 'removed', fields: [] }))];
}

/** A list that the file does not have stays as it is; one that it has is all there will be (raml/GroupConversion.scala). */
function removedApps(group: Json, path: string, there: GroupInfo): string[] {
  const named = (list: unknown): Map<string, Json> =>
    new Map((list as readonly Json[]).map((one) => [resolveId(String(one.id), path), one]));
  const apps = group.apps === undefined ? undefined : named(group.apps);
  const groups = group.groups === undefined ? undefined : named(group.groups);
  return [
    ...(apps ? (there.apps ?? []).filter(({ id }) => !apps.has(id)).map(({ id }) => id) : []),
    ...(groups
      ? (there.groups ?? []).flatMap((own) => {
        const kept = groups.get(own.id);
        return kept ? removedApps(kept, own.id, own) : appsOf(own).map(({ id }) => id);
      })
      : []),
  ];
}

/** Dependencies in the form, and the order, in which they can be compared. */
function withPaths(app: Json, id: string): Json {
  const { dependencies } = app;
  if (!Array.isArray(dependencies)) return app;
  return { ...app, dependencies: dependencies.map((one) => resolveId(String(one), parentOf(id))).sort() };
}

/** @param at the place: `healthChecks(0).path`; empty: the app itself */
function differences(wanted: unknown, there: unknown, at: string): string[] {
  const key = at.replaceAll(/\(\d+\)/g, '');
  // An empty variable is another thing than none.
  const isFree = /^(env|labels)\./.test(key);
  const [left, right] = [wanted, there].map((value) => value ?? (isFree ? undefined : DEFAULTS[key]));
  if (!isFree && isNothing(left) && isNothing(right)) return [];
  if (left === 0 && ASSIGNED.has(key)) return [];
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length) {
    return left.flatMap((one, index) => differences(one, right[index], `${at}(${index})`));
  }
  if ((isObject(left) || left === undefined) && (isObject(right) || right === undefined) && (left ?? right)) {
    const names = [...new Set([left, right].flatMap((value) => Object.keys(value ?? {})))];
    const counted = at === '' ? names.filter((name) => !NO_DEFINITION.has(name)) : names;
    return counted.flatMap((name) => differences(left?.[name], right?.[name], at === '' ? name : `${at}.${name}`));
  }
  return Object.is(left, right) ? [] : [at];
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}
