/**
 * The registry of a room: it stands on one of its machines, so that all others get their images from there, and only that
 * one from outside. It speaks plain HTTP, in the room; what is pulled by digest is what was pushed, whoever is on the way.
 */
import { bracketed } from '../lib/engine.ts';
import { type Machine, machinesOf } from '../lib/room/room.ts';
import { firstMachine } from './first-machine.ts';
import type { Room } from '../lib/room/open-room.ts';

const PORT = 5000;

export interface Registry {
  /** `10.0.0.7:5000` */
  readonly address: string;
  /** Who fills it, and, if `isOurs`, has it: the first machine of the instructor's, else of the first cluster. */
  readonly machine: Machine;
  /** False for a registry that is somewhere else. */
  readonly isOurs: boolean;
}

/** By `registry` of room.yml, if it says so. */
export function registryOf({ settings: { registry: given }, clusters }: Pick<Room, 'settings' | 'clusters'>): Registry {
  const byDefault = firstMachine(clusters);
  if (given === '') {
    return { address: `${bracketed(byDefault.host.address)}:${PORT}`, machine: byDefault, isOurs: true };
  }
  const owner = machinesOf(clusters).find(({ host }) => given.startsWith(`${bracketed(host.address)}:`));
  return { address: given, machine: owner ?? byDefault, isOurs: owner !== undefined };
}
