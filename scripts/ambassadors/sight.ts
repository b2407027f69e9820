/** What there is now: the containers of a project and what stands between them, on one engine or on several. */
import { type Container, inspectContainers, listIds } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { isOwn, OWN_LABELS } from '../lib/own-containers.ts';
import type { Link } from './links.ts';

export interface Placed {
  readonly engine: Engine;
  readonly container: Container;
}

export interface Sight {
  /** Made by Compose, running or not. */
  readonly members: readonly Placed[];
  readonly ambassadors: readonly Placed[];
  readonly balancers: readonly Placed[];
}

/** The containers of each engine that are known to be the project's, or to be ours for it, by their ids. */
export type KnownIds = ReadonlyMap<Engine, ReadonlySet<string>>;

/** `ids`, where they are known, save asking engines which there are. Those that have gone are no harm. */
export async function look(project: string, engines: readonly Engine[], ids?: KnownIds): Promise<Sight> {
  const placed = (await Promise.all(engines.map(async (engine) => {
    const own = ids?.get(engine) ?? await listAt(project, engine);
    return (await inspectContainers([...own], engine)).map((container) => ({ engine, container }));
  }))).flat();
  return {
    members: placed.filter(({ container }) => container.project === project),
    ambassadors: placed.filter(({ container }) => isOwn('ambassador', container)),
    balancers: placed.filter(({ container }) => isOwn('balancer', container)),
  };
}

async function listAt(project: string, engine: Engine): Promise<string[]> {
  const ids = await Promise.all([
    listIds({ project }, engine),
    listIds({ label: `${OWN_LABELS.project}=${project}` }, engine),
  ]);
  return ids.flat();
}

/** Those of a service that run. */
export function instancesOf({ members }: Pick<Sight, 'members'>, service: string): Placed[] {
  return members.filter(({ container }) => container.service === service && container.status === 'running');
}

/** Those that call others, and run. */
export function consumersIn({ members }: Pick<Sight, 'members'>, links: readonly Link[]): Placed[] {
  const services = new Set(links.map(({ consumer }) => consumer));
  return members.filter(({ container }) => services.has(container.service!) && container.status === 'running');
}
