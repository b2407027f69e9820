/** What a lab has on its engine: containers, their volumes, its network; all of it found by its label. */
import { inParallel } from '../lib/in-parallel.ts';
import { output } from '../lib/process.ts';
import type { Progress } from '../lib/progress.ts';
import { removeContainer } from '../lib/remove-container.ts';
import { countInWords } from '../lib/words.ts';
import { LAB_LABEL, type LabMachine, listLab, listVolumes } from './labels.ts';
import type { Targets } from './targets.ts';

export interface LabBelongings {
  readonly machines: readonly LabMachine[];
  readonly volumes: readonly string[];
  readonly network: boolean;
}

export async function lookAtLab(lab: string): Promise<LabBelongings> {
  const [machines, volumes, network] = await Promise.all([listLab(lab), listVolumes(lab), hasNetwork(lab)]);
  return { machines, volumes, network };
}

/** A network that has this name and is somebody else's does not count. */
async function hasNetwork(lab: string): Promise<boolean> {
  return await output(['docker', 'network', 'ls', '--quiet', '--filter', `label=${LAB_LABEL}=${lab}`]) !== '';
}

/** An engine that ends many containers at once makes the machine slow for all else. */
const AT_ONCE = 8;

export interface RemoveOptions {
  readonly lab: string;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** By force: nothing in a machine is to be kept. One that cannot be removed stops no other. Gives what went wrong. */
export async function removeFromLab(
  { machines, orphans, network }: Targets,
  { lab, signal, progress }: RemoveOptions,
): Promise<string[]> {
  let gone = 0;
  const removed = await inParallel(machines, AT_ONCE, async ({ containerId: id, containerName: name }) => {
    await removeContainer({ id, name }, { volumes: true, signal });
    await removeVolume(name, signal);
    progress.now(`${++gone} of ${countInWords(machines.length, 'machine')} gone`);
  });
  const swept = await inParallel(orphans, AT_ONCE, (name) => removeVolume(name, signal));
  const last = network ? [['docker', 'network', 'rm', lab]] : [];
  const unplugged = await inParallel(last, 1, (command) => output(command, { signal }));
  const all: readonly PromiseSettledResult<unknown>[] = [...removed, ...swept, ...unplugged];
  return all.flatMap((result) => result.status === 'rejected' ? [(result.reason as Error).message] : []);
}

async function removeVolume(name: string, signal: AbortSignal): Promise<void> {
  await output(['docker', 'volume', 'rm', name], { signal }).catch((error: Error) => {
    if (!/No such volume/i.test(error.message)) throw error;
  });
}

/** What of these the engine still has. */
export async function leftInLab({ machines, orphans, network }: Targets, lab: string): Promise<string[]> {
  if (machines.length + orphans.length === 0 && !network) return [];
  const now = await lookAtLab(lab);
  const ids = new Set(machines.map(({ containerId }) => containerId));
  const names = new Set([...machines.map(({ containerName }) => containerName), ...orphans]);
  return [
    ...now.machines.filter(({ containerId }) => ids.has(containerId)).map((one) => `container ${one.containerName}`),
    ...now.volumes.filter((name) => names.has(name)).map((name) => `volume ${name}`),
    ...(network && now.network ? [`network ${lab}`] : []),
  ];
}
