/** A zone that others keep: what stands at a name of it, and other addresses in their place. */
import type { ProgramName } from '../../lib/process.ts';
import type { DnsSettings } from '../../lib/room/settings.ts';
import { cli53Zone } from './cli53.ts';
import { nsupdateZone } from './nsupdate.ts';
import type { AddressRecord } from './records.ts';

export interface Found {
  readonly records: readonly AddressRecord[];
  /** What stands there that no address can stand beside, such as `CNAME www.example.org.` */
  readonly obstacle: string | undefined;
}

export interface Change {
  readonly name: string;
  /** What was seen there, and agreed to be replaced. */
  readonly before: readonly AddressRecord[];
  readonly after: readonly AddressRecord[];
}

export interface Zone {
  /** Whom it is asked of, for messages: `10.0.0.53`, `Route 53`. */
  readonly keeper: string;
  /** Asks the zone itself, nobody who keeps answers. @throws Error that says why not */
  readonly read: (name: string, signal?: AbortSignal) => Promise<Found>;
  /**
   * Touches nothing but A and AAAA records of this name.
   *
   * @throws Error that says why not; also when the name has something else by now than `before`
   */
  readonly replace: (change: Change, signal?: AbortSignal) => Promise<void>;
}

/** @throws UsageError for a key that cannot be read */
export async function openZone(settings: DnsSettings): Promise<Zone> {
  switch (settings.provider) {
    case 'cli53':
      return cli53Zone(settings);
    case 'nsupdate':
      return await nsupdateZone(settings);
  }
}

export function programsOf({ provider }: DnsSettings): ProgramName[] {
  return [provider, 'dig'];
}
