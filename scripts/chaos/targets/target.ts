/** Whom a fault may befall. */

export type TargetKind = 'container' | 'machine';

/** `/faults` answers; there is a limit of memory that can be made narrower; it is a node of a Swarm whose manager is known. */
export type Offer = 'faults' | 'memory limit' | 'swarm node';

export interface Target {
  /**
   * The same for the same inventory, whatever ids it has: `rng:1` is the first container of the service rng in the order
   * of their names, `c1:n2` a machine.
   */
  readonly name: string;
  readonly kind: TargetKind;
  /** Of which `--keep` are left alone: a service, or a cluster. */
  readonly group: string;
  /** The name of the site where its faults are brought about. */
  readonly site: string;
  /** For scripts there: the id of a container; an address of a machine. */
  readonly handle: string;
  /** Where others reach it, IPv4 and IPv6. */
  readonly addresses: readonly string[];
  /** Whether it runs and is not found sick. */
  readonly isWell: boolean;
  /** What some faults need of their victim. */
  readonly offers: readonly Offer[];
  /** Whether somebody else replaces it by another when it has ended: a task of a Swarm. Then nobody starts it again. */
  readonly isReplaced: boolean;
  /** Where the sshd of a machine is reached, as the machine itself has it; 22. */
  readonly sshPort?: number;
  /** Of a machine that offers `swarm node`. */
  readonly swarm?: SwarmNode;
}

/** What of a target is told, and stays the same whatever id and state it has. */
export type InventoryEntry = Pick<Target, 'name' | 'kind' | 'group' | 'site'>;

export function inventoryOf(targets: readonly Target[]): InventoryEntry[] {
  return targets.map(({ name, kind, group, site }) => ({ name, kind, group, site }));
}

/** Who would be a target, and is none. */
export interface LeftOut {
  readonly name: string;
  /** For people. */
  readonly why: string;
}

export interface SwarmNode {
  /** The name of the site of a manager, another one where there is one. */
  readonly site: string;
  /** The id by which managers call the node. */
  readonly node: string;
}
