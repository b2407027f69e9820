/** What destroy is to take away, of what there is. */
import { resolve } from 'node:path';
import { UsageError } from '../lib/command-line.ts';
import type { Provider } from './flags.ts';
import type { LabBelongings } from './lab-belongings.ts';
import type { LabMachine } from './labels.ts';
import { isOverdue } from './machine.ts';
import type { Directory } from './record.ts';

export interface Selection {
  /** Names, addresses or containers; with terraform directories. */
  readonly names: readonly string[];
  readonly provider: Provider | undefined;
  readonly all: boolean;
  readonly overdue: boolean;
}

export interface Targets {
  readonly machines: readonly LabMachine[];
  /** Volumes of the lab whose machine is gone. */
  readonly orphans: readonly string[];
  /** The lab's network has no machine then. */
  readonly network: boolean;
  readonly directories: readonly Directory[];
}

export interface Known {
  /** Undefined when the lab is not meant. */
  readonly lab: LabBelongings | undefined;
  readonly directories: readonly Directory[];
}

/** @throws UsageError when it is not clear, or names what is not there */
export function selectTargets(known: Known, selection: Selection): Targets {
  const { names, provider, all, overdue } = selection;
  const ways = [names.length > 0, all, overdue].filter(Boolean).length;
  if (ways > 1) throw new UsageError('destroy takes names, --all or --overdue: one of them');
  const { machines, volumes, network } = known.lab ?? { machines: [], volumes: [], network: false };
  const directories = provider === 'lab' ? [] : known.directories;
  const nobody = { machines: [], orphans: [], network: false, directories: [] };
  if (overdue) {
    const late = machines.filter((one) => isOverdue(one));
    const isLast = late.length === machines.length && late.length > 0;
    const ended = directories.filter((one) => isOverdue({ createdAt: one.createdAt, ttlMs: one.ttlMs }));
    return { ...nobody, machines: late, network: network && isLast, directories: ended };
  }
  if (provider === 'terraform') {
    if (names.length === 0) return { ...nobody, directories };
    return { ...nobody, directories: names.map((name) => directoryNamed(name, directories)) };
  }
  if (all) {
    const owned = new Set(machines.map(({ containerName }) => containerName));
    return { machines, orphans: volumes.filter((name) => !owned.has(name)), network, directories };
  }
  if (names.length === 0) {
    throw new UsageError(
      'destroy takes the names or addresses of machines, or --all, or --overdue: ./scripts/vms.mjs list',
    );
  }
  const chosen = new Set(names.map((name) => machineNamed(name, machines, directories)));
  const left = machines.length - chosen.size;
  return { ...nobody, machines: [...chosen], network: network && left === 0 };
}

export function countTargets({ machines, orphans, network, directories }: Targets): number {
  return machines.length + orphans.length + Number(network) + directories.length;
}

function machineNamed(name: string, machines: readonly LabMachine[], directories: readonly Directory[]): LabMachine {
  const found = machines.find((one) => [one.name, one.address, one.containerName].includes(name));
  if (found) return found;
  const owner = directories.find(({ machines: own }) => own.some((one) => one.name === name || one.address === name));
  if (owner) {
    throw new UsageError(
      `${name} is terraform's, which destroys a directory as a whole: destroy --provider terraform ${owner.directory}`,
    );
  }
  throw new UsageError(`There is no machine ${JSON.stringify(name)}: ./scripts/vms.mjs list`);
}

/** Also one that nobody remembers: terraform does. */
function directoryNamed(name: string, known: readonly Directory[]): Directory {
  const directory = resolve(name);
  return known.find((one) => one.directory === directory) ??
    { directory, createdAt: Date.now(), hostsFile: '', machines: [] };
}
