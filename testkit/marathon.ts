/**
 * A small Marathon in memory, for what cannot be had on most machines: it answers as the API's documentation has it
 * (d2iq-archive/marathon, docs/docs/rest-api/public/api/v2; what that leaves open, src/main/scala/mesosphere/marathon as named
 * below). Its time is the test's: it passes by tick(), or by a tick at each look at the deployments.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Certificate } from './certificate.ts';
import type { Scope } from './machine.ts';
import {
  type Definition,
  finishStep,
  type Held,
  infoOf,
  type Kept,
  planOf,
  type Running,
  scaleRest,
  stepInfoOf,
} from './marathon-apps.ts';
import { collect, type Group, groupOf, violations } from './marathon-groups.ts';

export interface MarathonOptions {
  /** What the header Authorization must be. */
  readonly authorization?: string;
  readonly certificate?: Certificate;
  /** What passes at each look at the deployments; 1. */
  readonly ticksPerLook?: number;
}

export interface TestMarathon {
  readonly url: string;
  /** `PUT /v2/groups/coinroom?force=true`, in the order in which they came. */
  readonly requests: string[];
  /** The headers Authorization that came. */
  readonly logins: (string | undefined)[];
  /** The last body that was put. */
  readonly lastBody: () => unknown;
  /** A second passes. */
  readonly tick: () => void;
  /** What keeps an app from getting on; undefined: nothing any more. */
  readonly hold: (id: string, held: Held | undefined) => void;
  /** What is there, for a test to change. */
  readonly apps: Map<string, Kept>;
  readonly deployments: Running[];
  /** Takes what a request would be answered; false: it is answered as usual. By the beginning of `PUT /v2/groups`. */
  readonly instead: (request: string, answer: (response: ServerResponse) => void, times?: number) => void;
  readonly close: () => Promise<void>;
}

/** Where its clock begins. */
const START = Date.parse('2026-01-01T00:00:00.000Z');

export async function startMarathon(t: Scope, options: MarathonOptions = {}): Promise<TestMarathon> {
  const { authorization, certificate, ticksPerLook = 1 } = options;
  const apps = new Map<string, Kept>();
  const deployments: Running[] = [];
  const held = new Map<string, Held>();
  const requests: string[] = [];
  const logins: (string | undefined)[] = [];
  const special: { request: string; answer: (response: ServerResponse) => void; left: number }[] = [];
  let now = START;
  let count = 0;
  let body: unknown;

  const tick = (): void => {
    now += 1000;
    for (const deployment of [...deployments]) {
      if (!finishStep(deployment, { apps, held, now })) continue;
      deployment.at++;
      if (deployment.at === deployment.steps.length) deployments.splice(deployments.indexOf(deployment), 1);
    }
    scaleRest({ apps, held, now }, deployments);
  };

  /** Puts the definitions below an id in place of what is there. */
  function put(wanted: ReadonlyMap<string, Definition>, below: (id: string) => boolean, isForced: boolean): Answer {
    const details = [...wanted.values()].flatMap(violations);
    if (details.length > 0) return { status: 422, body: { message: 'Object is not valid', details } };
    now += 1000;
    const plan = planOf(apps, wanted, below);
    const locks = deployments.filter(({ steps }) =>
      steps.flat().some(({ app }) => plan.flat().some((own) => own.app === app))
    );
    // MarathonExceptionMapper.scala, AppLockedException
    if (locks.length > 0 && !isForced) {
      return {
        status: 409,
        body: { message: 'App is locked by one or more deployments.', deployments: locks.map(({ id }) => ({ id })) },
      };
    }
    for (const lock of locks) deployments.splice(deployments.indexOf(lock), 1);
    const version = new Date(now).toISOString();
    for (const action of plan.flat()) {
      const { app, definition } = action;
      if (!definition) apps.delete(app);
      else {
        const old = apps.get(app);
        const isOnlyScaled = action.action === 'ScaleApplication' && old !== undefined;
        const configured = isOnlyScaled ? old.configured : version;
        apps.set(app, { ...{ tasks: [], failure: undefined, ...old }, definition, version, configured });
      }
    }
    const id = `deployment-${++count}`;
    // DeploymentActor.scala: a plan without steps is over at once.
    if (plan.length > 0) deployments.push({ id, version, steps: plan, at: 0 });
    return { status: 200, body: { version, deploymentId: id } };
  }

  function answer(method: string, url: URL): Answer {
    const [, kind, path = ''] = /^\/v2\/(\w+)(\/.*)?$/.exec(url.pathname) ?? [];
    const id = path || '/';
    const isForced = url.searchParams.get('force') === 'true';
    const embeds = url.searchParams.getAll('embed');
    const info = (own: Kept, prefix: string) => infoOf(own, deployments, embeds.map((one) => one.replace(prefix, '')));
    switch (`${method} ${kind}`) {
      case 'GET deployments': {
        const list = deployments.map(stepInfoOf);
        for (let i = 0; i < ticksPerLook; i++) tick();
        return { status: 200, body: list };
      }
      case 'GET queue': {
        const queue = [...held].flatMap(([app, one]) => {
          const own = apps.get(app);
          return own && 'queue' in one ? [{ app: own.definition, role: '*', ...one.queue }] : [];
        });
        return { status: 200, body: { queue } };
      }
      case 'GET apps': {
        const own = apps.get(id);
        return own ? { status: 200, body: { app: info(own, 'app.') } } : missing(`App '${id}' does not exist`);
      }
      case 'GET groups': {
        const own = [...apps].filter(([app]) => id === '/' || app.startsWith(`${id}/`));
        if (own.length === 0 && id !== '/') return missing(`Group '${id}' does not exist`);
        return { status: 200, body: groupOf(id, own.map(([, one]) => info(one, 'group.apps.'))) };
      }
      case 'PUT apps': {
        // Without it what the body does not say would stay (apps.raml).
        if (url.searchParams.get('partialUpdate') !== 'false') {
          return { status: 500, body: { message: 'not in the testkit' } };
        }
        return put(new Map([[id, { ...body as Definition, id }]]), (app) => app === id, isForced);
      }
      case 'PUT groups':
        return put(collect(body as Group, id), (app) => app.startsWith(`${id}/`), isForced);
      default:
        return { status: 500, body: { message: 'URI not found' } };
    }
  }

  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = `${request.method} ${request.url}`;
    requests.push(name);
    logins.push(request.headers.authorization);
    const said = await text(request);
    const other = special.find((one) => one.left > 0 && name.startsWith(one.request));
    if (other) {
      other.left--;
      return other.answer(response);
    }
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      return send(response, { status: 401, body: { message: 'Invalid username or password.' } });
    }
    if (said !== '') body = JSON.parse(said);
    send(response, answer(request.method!, new URL(request.url!, 'http://marathon')));
  };

  const server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(close);
  return {
    url: `http${certificate ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ requests, logins, tick, apps, deployments, close },
    lastBody: () => body,
    hold: (id, one) => void (one ? held.set(id, one) : held.delete(id)),
    instead: (request, given, times = Infinity) => void special.push({ request, answer: given, left: times }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

function missing(message: string): Answer {
  return { status: 404, body: { message } };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
