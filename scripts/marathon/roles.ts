/**
 * What this kit knows of its own roles. They say `ROLE` in their environment; of everybody else's program nothing is
 * known but what the file says.
 */
import type { Application, Service } from '../lib/compose-model/model.ts';
import { DEFAULT_PORTS } from '../lib/roles.ts';

export interface Role {
  /** Where it listens, unless PORT says otherwise. */
  readonly port: number;
  /** Variables that name others, and what those are. */
  readonly upstreams: Readonly<Record<string, Upstream>>;
}

type Upstream = 'rng' | 'hasher' | 'store';

export const ROLES: Readonly<Record<string, Role>> = {
  rng: { port: DEFAULT_PORTS.rng, upstreams: {} },
  hasher: { port: DEFAULT_PORTS.hasher, upstreams: {} },
  worker: { port: DEFAULT_PORTS.worker, upstreams: { RNG_URL: 'rng', HASHER_URL: 'hasher', STORE_URL: 'store' } },
  webui: { port: DEFAULT_PORTS.webui, upstreams: { STORE_URL: 'store' } },
  www: { port: DEFAULT_PORTS.www, upstreams: {} },
};

/** IANA's, and that of every image of a Redis. */
const REDIS_PORT = 6379;

export function roleOf({ environment }: Service): Role | undefined {
  const role = environment.get('ROLE');
  return role !== undefined && Object.hasOwn(ROLES, role) ? ROLES[role] : undefined;
}

/** Where a role of ours listens; undefined: it is none. */
export function rolePort(service: Service): number | undefined {
  const role = roleOf(service);
  const port = Number(service.environment.get('PORT'));
  return role && Number.isInteger(port) && port > 0 && port < 65_536 ? port : role?.port;
}

/** `registry:5000/library/redis:7.4.2`, and what speaks its language. */
export function isRedis({ image = '' }: Service): boolean {
  const name = image.split('@')[0]!.split('/').at(-1)!.split(':')[0]!;
  return ['redis', 'valkey', 'keydb'].includes(name);
}

/**
 * The variables that a role of ours needs and that the file does not set: they name the services of the file, as
 * Compose would let them be named. Those that nobody in the file can answer are missing.
 */
export function defaultUrls(service: Service, { services }: Application): {
  readonly urls: ReadonlyMap<string, string>;
  readonly missing: readonly string[];
} {
  const urls = new Map<string, string>();
  const missing: string[] = [];
  for (const [variable, upstream] of Object.entries(roleOf(service)?.upstreams ?? {})) {
    if (service.environment.get(variable)) continue;
    const found = upstream === 'store'
      ? services.filter(isRedis).slice(0, 1).map(({ name }) => `redis://${name}:${REDIS_PORT}`)
      : services.filter(({ environment }) => environment.get('ROLE') === upstream)
        .map((one) => `http://${one.name}:${rolePort(one)}`);
    if (found.length === 0) missing.push(variable);
    else urls.set(variable, found.join(','));
  }
  return { urls, missing };
}
