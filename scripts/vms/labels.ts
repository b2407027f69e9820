/** All that is known of a machine of the lab stands in the labels of its container: there is no file to lose. */
import { type Container, listContainers } from '../lib/containers.ts';
import { OWN_LABELS } from '../lib/own-containers.ts';
import { output } from '../lib/process.ts';
import type { Machine } from './machine.ts';

/** Containers, volumes and the network of a lab have it, with the lab's name. */
export const LAB_LABEL = 'coinroom.lab';

const NAMES = {
  number: 'coinroom.vm.number',
  address: 'coinroom.vm.address',
  created: 'coinroom.vm.created',
  ttl: 'coinroom.vm.ttl-ms',
  price: 'coinroom.vm.price',
  hosts: 'coinroom.vm.hosts',
} as const;

export interface LabMachine extends Machine {
  readonly number: number;
  /** Its container's name, and that of its volume. */
  readonly containerName: string;
  readonly containerId: string;
}

export type NewMachine = Omit<LabMachine, 'state' | 'provider' | 'containerId'>;

/** As arguments of `docker run`. */
export function labelsOf({ origin, number, address, createdAt, ttlMs, price, hostsFile }: NewMachine): string[] {
  const labels = [
    `${OWN_LABELS.kind}=vm`,
    `${LAB_LABEL}=${origin}`,
    `${NAMES.number}=${number}`,
    `${NAMES.address}=${address}`,
    `${NAMES.created}=${new Date(createdAt).toISOString()}`,
    `${NAMES.hosts}=${hostsFile}`,
    ...(ttlMs === undefined ? [] : [`${NAMES.ttl}=${ttlMs}`]),
    ...(price === undefined ? [] : [`${NAMES.price}=${price}`]),
  ];
  return labels.flatMap((label) => ['--label', label]);
}

export async function listLab(lab: string): Promise<LabMachine[]> {
  const containers = await listContainers({ label: `${LAB_LABEL}=${lab}` });
  return containers.map(toMachine).sort((a, b) => a.number - b.number);
}

export function toMachine({ id, name, status, labels }: Container): LabMachine {
  const number = Number(labels[NAMES.number]);
  const asNumber = (label: string): number | undefined =>
    labels[label] === undefined ? undefined : Number(labels[label]);
  return {
    provider: 'lab',
    origin: labels[LAB_LABEL]!,
    name: machineName(number),
    address: labels[NAMES.address]!,
    state: status,
    createdAt: Date.parse(labels[NAMES.created]!),
    ttlMs: asNumber(NAMES.ttl),
    price: asNumber(NAMES.price),
    hostsFile: labels[NAMES.hosts]!,
    number,
    containerName: name,
    containerId: id,
  };
}

export function machineName(number: number): string {
  return `vm${number}`;
}

/** Volumes of a lab, also of machines that are gone. */
export async function listVolumes(lab: string): Promise<string[]> {
  const names = await output(['docker', 'volume', 'ls', '--quiet', '--filter', `label=${LAB_LABEL}=${lab}`]);
  return names.split('\n').filter((name) => name !== '');
}

/** A volume that was left behind would give its new machine what was in the old one. */
export async function numbersInUse(lab: string): Promise<number[]> {
  const [machines, volumes] = await Promise.all([listLab(lab), listVolumes(lab)]);
  const ofVolumes = volumes.map((name) => Number(/-vm(\d+)$/.exec(name)?.[1] ?? 0));
  return [...new Set([...machines.map(({ number }) => number), ...ofVolumes])];
}
