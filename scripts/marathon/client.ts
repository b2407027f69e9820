/** Marathon's API, as far as it is used here: one function for each of its endpoints. */
import type { Access } from './access.ts';
import type { AppInfo, Deployment, DeploymentResult, GroupInfo, QueueItem } from './answers.ts';
import { createExchange } from './exchange.ts';
import { MarathonError } from './troubles.ts';

export interface PutOptions {
  /** Takes the place of a deployment that has locked an app, which is given up as it stands. False. */
  readonly isForced?: boolean;
}

/** Every function throws MarathonError, or the signal's reason. */
export interface Marathon {
  /** Its masters, as they are shown. */
  readonly name: string;
  /** With all below it, their tasks, deployments and last failures; undefined: there is none. */
  readonly group: (id: string) => Promise<GroupInfo | undefined>;
  /** As those of a group are; undefined: there is none. */
  readonly app: (id: string) => Promise<AppInfo | undefined>;
  /** What is not in it any more is stopped. */
  readonly putGroup: (id: string, body: unknown, options?: PutOptions) => Promise<DeploymentResult>;
  readonly putApp: (id: string, body: unknown, options?: PutOptions) => Promise<DeploymentResult>;
  /** Those that run; one that is not there is over, or was given up. */
  readonly deployments: () => Promise<readonly Deployment[]>;
  /** What waits to be started, and why. */
  readonly queue: () => Promise<readonly QueueItem[]>;
  readonly close: () => Promise<void>;
}

/** groups.raml and apps.raml, `embed` */
const APP_PARTS = ['tasks', 'deployments', 'lastTaskFailure'];
const GROUP_EMBED = ['group.groups', 'group.apps', ...APP_PARTS.map((part) => `group.apps.${part}`)];
const APP_EMBED = APP_PARTS.map((part) => `app.${part}`);

export function createMarathon(access: Access, signal: AbortSignal): Marathon {
  const { name, ask, close } = createExchange(access);
  const get = (path: string, query: Readonly<Record<string, readonly string[]>> = {}): Promise<unknown> =>
    ask({ method: 'GET', path, query }, signal);
  return {
    name,
    group: (id) => unlessAbsent(get(pathOf('groups', id), { embed: GROUP_EMBED })) as Promise<GroupInfo | undefined>,
    app: async (id) => {
      const answer = await unlessAbsent(get(pathOf('apps', id), { embed: APP_EMBED })) as { app: AppInfo } | undefined;
      return answer?.app;
    },
    putGroup: async (id, body, { isForced = false } = {}) => {
      const query = isForced ? { force: 'true' } : {};
      return await ask({ method: 'PUT', path: pathOf('groups', id), query, body }, signal) as DeploymentResult;
    },
    putApp: async (id, body, { isForced = false } = {}) => {
      // Else what the file does not say stays as it was, which an app in a group does not (apps.raml, partialUpdate).
      const query = { partialUpdate: 'false', ...(isForced ? { force: 'true' } : {}) };
      return await ask({ method: 'PUT', path: pathOf('apps', id), query, body }, signal) as DeploymentResult;
    },
    deployments: async () => await get('/v2/deployments') as Deployment[],
    queue: async () => (await get('/v2/queue', { embed: ['lastUnusedOffers'] }) as { queue?: QueueItem[] }).queue ?? [],
    close,
  };
}

/** An id is a path of its own. */
export function pathOf(kind: 'groups' | 'apps', id: string): string {
  return `/v2/${kind}${id === '/' ? '' : id.split('/').map(encodeURIComponent).join('/')}`;
}

async function unlessAbsent(asking: Promise<unknown>): Promise<unknown> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof MarathonError && error.trouble.kind === 'absent') return undefined;
    throw error;
  }
}

/** All apps of a group, and of those below it. */
export function appsOf({ apps = [], groups = [] }: GroupInfo): AppInfo[] {
  return [...apps, ...groups.flatMap(appsOf)];
}
