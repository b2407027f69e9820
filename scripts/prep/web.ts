/** The web server of a room: where it is, and whether it has been put up. */
import { bracketed } from '../lib/engine.ts';
import { lastOf } from '../lib/room/room.ts';
import { firstMachine } from './first-machine.ts';
import type { Room } from '../lib/room/open-room.ts';

export const WEB_PORT = 8004;

export interface Web {
  /** `http://10.0.0.7:8004/`, or with the name, once its record is there. */
  readonly url: string;
  /** What it asks for; empty: it is open to all. */
  readonly token: string;
}

/** Undefined before `www` has been done. */
export function webOf(room: Room): Web | undefined {
  const { address } = firstMachine(room.clusters).host;
  if (lastOf(room.entries, 'www').get(address)?.end !== 'done') return undefined;
  return { url: webUrl(room), token: room.settings.webToken };
}

/** Where it is, or would be. */
export function webUrl({ entries, clusters }: Pick<Room, 'entries' | 'clusters'>): string {
  const record = entries.findLast((entry) => entry.kind === 'dns');
  const hasName = record?.kind === 'dns' && record.records.length > 0;
  const host = hasName ? record.name.replace(/\.$/, '') : bracketed(firstMachine(clusters).host.address);
  return `http://${host}:${WEB_PORT}/`;
}
