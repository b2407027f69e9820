/** A room by its journal alone. */
import type { Entry } from '../scripts/lib/room/journal.ts';
import type { Room } from '../scripts/lib/room/open-room.ts';
import { clustersIn, machinesOf } from '../scripts/lib/room/room.ts';
import { DEFAULTS } from '../scripts/lib/room/settings.ts';

export function roomOf(entries: readonly Entry[]): Room {
  const clusters = clustersIn(entries);
  return { settings: DEFAULTS, entries: [], clusters, machines: machinesOf(clusters), isNumbered: true };
}
