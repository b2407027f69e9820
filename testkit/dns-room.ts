/** A room whose name is to stand in a zone where others have names, too. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entry } from '../scripts/lib/room/journal.ts';
import { type Bind, startBind } from './bind.ts';
import type { Run } from './docker.ts';
import type { Scope } from './machine.ts';
import { makeRoom } from './room.ts';
import { runScript } from './script.ts';

export const ZONE = 'coinroom.test';
export const NAME = `room.${ZONE}`;

/** What others have there: at the top, beside the room's name, below it, and such as begin or end like it. */
export const OTHERS = `@ MX 10 mail
@ TXT "v=spf1 mx -all"
mail A 10.0.0.20
* A 10.0.0.200
*.web CNAME mail
room TXT "no address"
mushroom A 10.0.0.30
room2 A 10.0.0.31
a.room A 10.0.0.32
alias CNAME mail
part NS ns.part
ns.part A 10.0.0.40
`;

export interface DnsRoom {
  readonly folder: string;
  readonly bind: Bind;
  readonly prep: (...args: string[]) => Promise<Run>;
  /** `prep.mjs dns`, which asks the zone's own server also for what a resolver says. */
  readonly dns: (...args: string[]) => Promise<Run>;
  /** What the journal says of names. */
  readonly journal: () => Promise<Entry[]>;
}

export interface DnsRoomOptions {
  /** Besides those of others. */
  readonly records?: string;
}

/** Its first machine is 10.0.0.7. */
export async function makeDnsRoom(t: Scope, { records = '' }: DnsRoomOptions = {}): Promise<DnsRoom> {
  const bind = await startBind(t, { zone: ZONE, records: OTHERS + records });
  const settings = {
    dnsName: NAME,
    dns: { provider: 'nsupdate', zone: ZONE, server: bind.address, keyFile: bind.keyFile },
  };
  const { folder } = await makeRoom(t, { clusters: 1, size: 1, settings, address: () => '10.0.0.7' });
  // A laboratory that there is not: none of this machine's is to be taken away.
  const prep = (...args: string[]): Promise<Run> =>
    runScript('prep', args, { cwd: folder, env: { LAB_NAME: 'coinroom-none' } });
  return {
    ...{ folder, bind, prep },
    dns: (...args) => prep('dns', '--resolver', bind.address, '--within', '20s', ...args),
    journal: () => readNames(folder),
  };
}

/** What the journal of a room says of names, without the time. */
export async function readNames(folder: string): Promise<Entry[]> {
  const lines = (await readFile(join(folder, '.workshop', 'journal.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Entry & { at?: string }).filter(({ kind }) => kind === 'dns')
    .map(({ at: _, ...entry }) => entry as Entry);
}
