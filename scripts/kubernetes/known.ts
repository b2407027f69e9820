/** What is known of images that a Compose file does not tell: those of our roles, and the few official ones below. */
import type { Service } from '../lib/compose-model/model.ts';
import { DEFAULT_PORTS } from '../lib/roles.ts';

export type Role = keyof typeof DEFAULT_PORTS;

/** ROLE in the environment tells that a service is ours. */
export function roleOf({ environment }: Service): Role | undefined {
  const role = environment.get('ROLE') ?? '';
  return Object.hasOwn(DEFAULT_PORTS, role) ? role as Role : undefined;
}

/** Who runs it in our image (USER of the Dockerfile). */
export const ROLE_USER = 1000;

/**
 * Where a role listens in a pod. It is its own port, whatever the file says: a process that is not root may not bind 80
 * everywhere, as it may in Docker. Services have the port of the file, and hand on to this one.
 */
export function rolePorts(role: Role): number[] {
  const first = DEFAULT_PORTS[role];
  // All roles in one process take four ports, one after the other.
  return role === 'all' ? [0, 1, 2, 3].map((step) => first + step) : [first];
}

/** The port of a role's pod that stands for one of the file. */
export function rolePort({ environment }: Service, role: Role, port: number): number {
  const ports = rolePorts(role);
  const step = port - Number(environment.get('PORT') || ports[0]);
  return ports[step] ?? ports[0]!;
}

interface KnownImage {
  /** Owns its files, and is who it runs as in the end. */
  readonly user: number;
  readonly port: number;
}

/** Official images of Docker Hub, by name. */
const IMAGES: Readonly<Record<string, KnownImage>> = {
  // Begins as root to give /data to its user 999, and then becomes that one. A pod that is never root leaves this to
  // fsGroup. (docker-entrypoint.sh and Dockerfile of github.com/redis/docker-library-redis; 999 on Debian and Alpine.)
  redis: { user: 999, port: 6379 },
};

/** Also where a registry of one's own has the image. An image of somebody else that is called the same is not known. */
export function knownImage(image: string): KnownImage | undefined {
  const name = /^(?:(?:localhost|[\w-]+[.:][\w.:-]*)\/)?(?:library\/)?([a-z0-9-]+)(?:[:@].*)?$/.exec(image)?.[1] ?? '';
  return Object.hasOwn(IMAGES, name) ? IMAGES[name] : undefined;
}
