/** What this room has put into zones, by its journal. */
import type { DnsRecord, Entry } from '../../lib/room/journal.ts';
import type { DnsSettings } from '../../lib/room/settings.ts';
import { canonicalName } from './records.ts';

export interface Made {
  readonly settings: DnsSettings;
  readonly name: string;
  readonly records: readonly DnsRecord[];
}

/** Names that have records of this room, as the last word on each says. A room that was given another name has several. */
export function namesMade(entries: readonly Entry[]): Made[] {
  const last = new Map<string, Made>();
  for (const entry of entries) if (entry.kind === 'dns') last.set(placeOf(entry), entry);
  return [...last.values()].filter(({ records }) => records.length > 0);
}

/** Those of one name; none if the room has made none. */
export function recordsMade(
  entries: readonly Entry[],
  { settings, name }: Omit<Made, 'records'>,
): readonly DnsRecord[] {
  const place = placeOf({ settings, name });
  return namesMade(entries).find((made) => placeOf(made) === place)?.records ?? [];
}

/** One text for one name in one zone, whatever key opens it. */
function placeOf({ settings, name }: Omit<Made, 'records'>): string {
  const server = settings.provider === 'nsupdate' ? settings.server : '';
  return [settings.provider, server, canonicalName(settings.zone), name].join(' ');
}
