/** Where the monkey is: on engines with their containers, or on the machines of a room. */
import { UsageError } from '../lib/command-line.ts';
import { defaultEngine, type Engine } from '../lib/engine.ts';
import { needPrograms } from '../lib/process.ts';
import { projectName } from '../lib/project-name.ts';
import { namedEngines } from '../lib/room/engines.ts';
import { engineSite } from './dead-man/engine-site.ts';
import type { Site } from './dead-man/site.ts';
import { helperImage } from './helper-image.ts';
import { type Chosen, containerTargets } from './targets/containers.ts';
import type { TargetKind } from './targets/target.ts';

export interface Place {
  readonly kind: TargetKind;
  readonly sites: readonly Site[];
  /** The project or the stack; undefined for machines. */
  readonly project: string | undefined;
  /** None for machines. */
  readonly engines: readonly Engine[];
  readonly targets: (selectors: readonly string[]) => Promise<Chosen>;
}

export interface PlaceValues {
  readonly project?: string | undefined;
  readonly file?: readonly string[] | undefined;
  readonly engine?: readonly string[] | undefined;
  readonly on?: readonly string[] | undefined;
  readonly hosts?: string | undefined;
  readonly image?: string | undefined;
  readonly unlabelled?: boolean | undefined;
}

export async function openPlace(values: PlaceValues, signal: AbortSignal): Promise<Place> {
  await needPrograms('docker');
  const engines = await enginesOf(values);
  const project = await projectName(values, signal);
  const sites = sitesOf(engines, { ...values, project });
  const choice = { engines, project, unlabelled: values.unlabelled ?? false, signal };
  return {
    ...{ kind: 'container', sites, project, engines },
    targets: async (selectors) => await containerTargets({ ...choice, selectors }),
  };
}

export async function enginesOf(values: PlaceValues): Promise<Engine[]> {
  const engines = await namedEngines(values);
  return engines.length === 0 ? [defaultEngine()] : engines;
}

/** All of them, whatever is or is not there. Containers have nothing to do with selectors here; machines are chosen. */
export async function openSites(
  values: PlaceValues,
  selectors: readonly string[],
): Promise<readonly Site[]> {
  if (selectors.length > 0) throw new UsageError(`This takes no targets; got ${JSON.stringify(selectors[0])}`);
  return sitesOf(await enginesOf(values), { ...values });
}

function sitesOf(engines: readonly Engine[], { image, project }: PlaceValues): Site[] {
  return engines.map((engine) => engineSite({ engine, image: () => helperImage(engine, image), project }));
}
