/** The shape of all faults: what one needs, how it is brought about and taken back, and how to see that it is on. */
import type { Offer, Target, TargetKind } from '../targets/target.ts';

/** What a site can do, found out by trying it where it harms nobody. */
export interface Facts {
  /** `6.1.0-28-amd64` */
  readonly kernel: string;
  /** What is there: see {@link ABILITIES}. */
  readonly can: ReadonlySet<Ability>;
}

export const ABILITIES = [
  ...['iptables', 'ip6tables', 'statistic', 'netem', 'tbf', 'node', 'service', 'swarm', 'processes'] as const,
] as const;
/**
 * `statistic` is the match of iptables, `service` a way to stop and start Docker, `swarm` a manager of one; with
 * `processes` a program of ours competes with those of the victim, as on a machine.
 */
export type Ability = (typeof ABILITIES)[number];

/** For sh, as root, on the victim's side; the words of guard.ts are at hand. Each ends with 0 when it has done its work. */
export interface FaultScripts {
  readonly apply: string;
  /** Also after half an `apply`, twice, and when the victim is gone. Empty: it ends by itself. */
  readonly revert: string;
  /** 0: it can be seen to be on; 1: it cannot. */
  readonly isOn: string;
}

export interface Strike {
  readonly victim: Target;
  /** Whom it is to be cut off from: all targets that are not victims. Only where `victims` is `group`. */
  readonly others: readonly Target[];
  /** How long it is to last. */
  readonly forMs: number;
  readonly settings: FaultSettings;
}

/** What can be said of faults on the command line. */
export interface FaultSettings {
  /** Of packets, 0..1. */
  readonly loss: number;
  /** Added to each packet, or, for `slow`, to each answer. */
  readonly delayMs: number;
  /** Of the interface, kbit/s. */
  readonly rateKbit: number;
  /** Of answers, 0..1. */
  readonly errorRate: number;
  /** Of what is free. */
  readonly memoryShare: number;
  /** A folder of the file system that is filled. */
  readonly diskPath: string;
  /** A file system with more free space is not filled. */
  readonly diskMostBytes: number;
}

export const DEFAULT_SETTINGS: FaultSettings = {
  loss: 0.3,
  delayMs: 300,
  rateKbit: 256,
  errorRate: 0.5,
  memoryShare: 0.8,
  diskPath: '/tmp',
  diskMostBytes: 20 * 2 ** 30,
};

export interface Fault {
  readonly name: string;
  /** One line, for people. */
  readonly about: string;
  readonly on: readonly TargetKind[];
  /** `group`: some of the targets at once, who are cut off from all others. */
  readonly victims: 'one' | 'group';
  /** Whether the victim serves nobody while it is on, so that `--keep` counts it as away. */
  readonly takesAway: boolean;
  /** Abilities of the site without which it cannot be brought about; of an inner list one is enough. */
  readonly needs: readonly (Ability | readonly Ability[])[];
  /** What it needs of its victim. */
  readonly wants?: Offer;
  /** Where it is brought about; default: at the site of its victim. */
  readonly at?: 'manager';
  /** Whether the guard ends with it: then that the guard is gone, or its site not reached, is how it is seen. */
  readonly endsGuard?: boolean;
  readonly scripts: (strike: Strike, facts: Facts) => FaultScripts;
}

/** The name of the site where it is brought about. */
export function siteFor({ at }: Fault, { site, swarm }: Target): string {
  return at === 'manager' && swarm ? swarm.site : site;
}

/** Why it cannot be brought about there; undefined when it can. */
export function whatLacks({ needs }: Fault, { can, kernel }: Facts): string | undefined {
  const missing = needs.filter((need) => !(typeof need === 'string' ? [need] : need).some((one) => can.has(one)));
  if (missing.length === 0) return undefined;
  return `${missing.map((need) => typeof need === 'string' ? need : need.join(' or ')).join(', ')} (kernel ${kernel})`;
}
