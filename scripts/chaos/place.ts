/** Where the monkey is: on engines with their containers, or on the machines of a room. */
import { UsageError } from '../lib/command-line.ts';
import { defaultEngine, type Engine } from '../lib/engine.ts';
import type { Connections } from '../lib/fan-out/connections.ts';
import { needPrograms } from '../lib/process.ts';
import { namesProject, projectName } from '../lib/project-name.ts';
import { namedEngines } from '../lib/room/engines.ts';
import { HOSTS_FILE } from '../lib/room/flags.ts';
import { assertNumbered, choose, openRoom, type Room } from '../lib/room/open-room.ts';
import { reachAsIs } from '../lib/room/reach.ts';
import { type Application, applicationOn } from './application.ts';
import { engineSite } from './dead-man/engine-site.ts';
import { machineSite } from './dead-man/machine-site.ts';
import type { Site } from './dead-man/site.ts';
import type { Facts } from './faults/fault.ts';
import { helperImage } from './helper-image.ts';
import { containerTargets } from './targets/containers.ts';
import { machineTargets } from './targets/machines.ts';
import type { LeftOut, Target, TargetKind } from './targets/target.ts';

export interface Place {
  readonly kind: TargetKind;
  /** The project or the stack whose containers are the targets; undefined for machines. */
  readonly project: string | undefined;
  /** What the targets are for, as far as it is known: that of machines has to be named. @throws UsageError */
  readonly application: (targets: readonly Target[]) => Promise<Application | undefined>;
  /** Who is there now. @throws NobodyError for a selector that nobody answers to */
  readonly look: (selectors: readonly string[]) => Promise<Sight>;
  /** Ends the connections that it has made. */
  readonly close: () => Promise<void>;
}

export interface Sight {
  readonly targets: readonly Target[];
  /** Who would be one, and why not. */
  readonly leftOut: readonly LeftOut[];
  /** By their names, as the targets have them. */
  readonly sites: ReadonlyMap<string, Site>;
  /** By the names of sites; of those that can be asked. */
  readonly facts: ReadonlyMap<string, Facts>;
}

export interface PlaceValues {
  readonly project?: string | undefined;
  readonly file?: readonly string[] | undefined;
  readonly engine?: readonly string[] | undefined;
  readonly on?: readonly string[] | undefined;
  readonly hosts?: string | undefined;
  readonly login?: string | undefined;
  readonly port?: string | undefined;
  readonly 'ssh-config'?: string | undefined;
  readonly image?: string | undefined;
  readonly unlabelled?: boolean | undefined;
}

const CONNECT_WITHIN_MS = 10_000;

export async function openPlace(values: PlaceValues, signal: AbortSignal): Promise<Place> {
  return meansMachines(values) ? await openMachines(values, signal) : await openEngines(values, signal);
}

/** A list of hosts says which machines are meant; with --on, whose engines. */
export function meansMachines({ hosts, on, engine }: PlaceValues): boolean {
  return hosts !== undefined && on === undefined && engine === undefined;
}

async function openEngines(values: PlaceValues, signal: AbortSignal): Promise<Place> {
  await needPrograms('docker');
  const engines = await enginesOf(values);
  const project = await projectName(values, signal);
  const sites = new Map(sitesOf(engines, { ...values, project }).map((site) => [site.name, site]));
  const facts = new Map<string, Facts>();
  const choice = { engines, project, unlabelled: values.unlabelled ?? false, signal };
  return {
    ...{ kind: 'container', project, application: () => Promise.resolve({ project, engines }) },
    look: async (selectors) => {
      const chosen = await containerTargets({ ...choice, selectors });
      const unknown = new Set(chosen.targets.map(({ site }) => site).filter((name) => !facts.has(name)));
      await Promise.all([...unknown].map(async (name) => facts.set(name, await sites.get(name)!.facts(signal))));
      return { ...chosen, sites, facts };
    },
    close: () => Promise.resolve(),
  };
}

async function openMachines(values: PlaceValues, signal: AbortSignal): Promise<Place> {
  await needPrograms('ssh');
  const { room, connections } = await reachMachines(values);
  assertNumbered(room);
  return {
    ...{ kind: 'machine', project: undefined },
    application: async (targets) =>
      namesProject(values) ? await applicationOn(targets, values, { room, signal }) : undefined,
    look: async (selectors) => {
      const { targets, leftOut, sites } = await machineTargets(room, selectors, { connections, signal });
      return {
        ...{ targets, leftOut, sites: new Map(sites.map(({ site }) => [site.name, site])) },
        facts: new Map(sites.flatMap(({ site, facts }) => facts ? [[site.name, facts] as const] : [])),
      };
    },
    close: async () => await connections.close(room.machines.map(({ host }) => host)),
  };
}

/** Nothing is connected yet. */
async function reachMachines(values: PlaceValues): Promise<{ room: Room; connections: Connections }> {
  const hosts = values.hosts!;
  const room = await openRoom({ hosts });
  return { room, connections: reachAsIs(room, { ...values, hosts }, { connectWithinMs: CONNECT_WITHIN_MS }) };
}

async function enginesOf(values: PlaceValues): Promise<Engine[]> {
  const engines = await namedEngines({ ...values, hosts: values.hosts ?? HOSTS_FILE });
  return engines.length === 0 ? [defaultEngine()] : engines;
}

function sitesOf(engines: readonly Engine[], { image, project }: PlaceValues): Site[] {
  return engines.map((engine) => engineSite({ engine, image: () => helperImage(engine, image), project }));
}

export interface Sites {
  readonly sites: readonly Site[];
  readonly close: () => Promise<void>;
}

/** All of them, whatever is or is not there; of machines, those that are selected. */
export async function openSites(values: PlaceValues, selectors: readonly string[]): Promise<Sites> {
  if (!meansMachines(values)) {
    if (selectors.length > 0) throw new UsageError(`This takes no targets; got ${JSON.stringify(selectors[0])}`);
    return { sites: sitesOf(await enginesOf(values), values), close: () => Promise.resolve() };
  }
  const { room, connections } = await reachMachines(values);
  const machines = choose(room, selectors, { step: 'chaos' });
  return {
    sites: machines.map((machine) => machineSite({ machine, connections })),
    close: async () => await connections.close(machines.map(({ host }) => host)),
  };
}
