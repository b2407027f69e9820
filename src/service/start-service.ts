/** From a role's values to a role that listens. */
import type { Hono } from 'hono';
import { createIdentity, type Identity } from './identity.ts';
import { createLog, type Log } from './log.ts';
import type { Queue } from './queue.ts';
import type { Running } from './running.ts';
import { serve } from './serve.ts';
import type { Lifecycle, ServiceOptions } from './service.ts';

/** What main knows and the settings do not. */
export interface RoleContext {
  /** `auto` of LOG, decided: main knows whether stderr is a terminal. */
  readonly logFormat: 'json' | 'text';
  /** The version in package.json; in the image the build puts it in. */
  readonly packageVersion: string;
}

/** The values of serverSettings(). */
export interface ServerValues {
  readonly port: number;
  readonly host: string;
  readonly pace: 'classroom' | 'full';
  readonly faults: boolean;
  readonly adminToken: string;
  readonly version: string;
  readonly revision: string;
  readonly colour: string;
  readonly nodeName: string;
}

/** A role before it listens: its log, its identity, and what its app is made from. */
export interface Prepared {
  readonly log: Log;
  readonly identity: Identity;
  readonly lifecycle: Lifecycle;
  readonly serviceOptions: ServiceOptions;
}

export function prepare(role: string, values: ServerValues, context: RoleContext): Prepared {
  const log = createLog({ format: context.logFormat, role });
  const identity = createIdentity(role, { ...values, version: values.version || context.packageVersion });
  const lifecycle: Lifecycle = { draining: false };
  const faults = values.faults ? { token: values.adminToken } : undefined;
  return { log, identity, lifecycle, serviceOptions: { identity, log, lifecycle, faults } };
}

/** Lets the app of a prepared role listen. */
export async function listen(app: Hono, prepared: Prepared, values: ServerValues): Promise<Running> {
  const { log, identity, lifecycle } = prepared;
  const server = await serve(app.fetch, values);
  const { version, runtime } = identity;
  log.info('listening', { host: values.host, port: server.port, pace: values.pace, version, runtime });
  return {
    port: server.port,
    drain: () => void (lifecycle.draining = true),
    close: async () => {
      lifecycle.draining = true;
      await server.close();
      return 0;
    },
  };
}

export interface QueuedServiceOptions {
  readonly values: ServerValues;
  readonly context: RoleContext;
  /** The wait before every answer; a stopping service lets everybody through. */
  readonly queue: Queue;
  readonly createApp: (options: ServiceOptions) => Hono;
}

/** Starts a service that only answers: rng and hasher. */
export async function startService(
  role: string,
  { values, context, queue, createApp }: QueuedServiceOptions,
): Promise<Running> {
  const prepared = prepare(role, values, context);
  const running = await listen(createApp(prepared.serviceOptions), prepared, values);
  return {
    ...running,
    close: () => {
      queue.hurry();
      return running.close();
    },
  };
}
