/** The cards of a room, from its journal, its settings, its passwords and the keys that were recorded. */
import { asUsage, UsageError } from '../../lib/command-line.ts';
import { output } from '../../lib/process.ts';
import { readKnownHosts } from '../../lib/room/journal.ts';
import type { Cluster } from '../../lib/room/room.ts';
import { parseSettings } from '../../lib/room/settings.ts';
import { type RoomValues, sshOptions } from '../../lib/room/flags.ts';
import type { Room } from '../../lib/room/open-room.ts';
import { reach } from '../../lib/room/reach.ts';
import { readPasswords } from '../secrets.ts';
import { webOf } from '../web.ts';
import type { Card, CardRoom } from './card.ts';
import { readHostKeys } from './host-key.ts';

export interface CardValues extends RoomValues {
  readonly language?: string | undefined;
  readonly paper?: string | undefined;
  readonly qr?: string | undefined;
  readonly 'no-passwords'?: boolean | undefined;
}

/** What all cards have in common. @throws UsageError for a flag that room.yml would not take either */
export function roomOf(room: Room, { language, paper, qr: given }: CardValues): CardRoom {
  // By the rules of room.yml; JSON, which is YAML, leaves out what is undefined.
  const checked = asUsage(() => parseSettings(JSON.stringify({ language, paper }), 'the flags'));
  const web = webOf(room);
  const qr = given ?? (web ? 'web' : 'ssh');
  if (qr !== 'ssh' && qr !== 'web') throw new UsageError(`--qr takes ssh or web; got ${JSON.stringify(qr)}`);
  if (qr === 'web' && !web) throw new UsageError('--qr web needs a web server: prep.mjs www puts it up');
  const { settings } = room;
  return {
    ...{ event: settings.event, date: settings.date, wifi: settings.wifi, web, qr },
    language: language === undefined ? settings.language : checked.language,
    paper: paper === undefined ? settings.paper : checked.paper,
  };
}

/**
 * One for each cluster, in the order of their numbers.
 *
 * @throws UsageError for a cluster that has no password, or whose node1 has no recorded key
 */
export async function cardsOf(room: Room, values: CardValues): Promise<Card[]> {
  const { port } = sshOptions(values, room.settings);
  const passwords = values['no-passwords'] ? new Map<string, string>() : readPasswords();
  const keys = readHostKeys(readKnownHosts(), port);
  const names = ({ cluster }: { readonly cluster: Cluster }): string => cluster.name;
  const clusters = room.clusters.map((cluster) => ({ cluster }));
  const unknown = clusters.filter(({ cluster }) => !keys.has(cluster.hosts[0]!.address)).map(names);
  if (unknown.length > 0) {
    throw new UsageError(`No key of node1 is recorded for ${unknown.join(', ')}: prep.mjs check --accept-new`);
  }
  const open = values['no-passwords'] ? [] : clusters.filter(({ cluster }) => !passwords.has(cluster.name)).map(names);
  if (open.length > 0) {
    throw new UsageError(
      `There is no password for ${open.join(', ')}: prep.mjs copykey gives each cluster one; ` +
        '--no-passwords makes cards without',
    );
  }
  return await Promise.all(clusters.map(async ({ cluster: { name, role, hosts } }): Promise<Card> => ({
    ...{ cluster: name, role, port, password: passwords.get(name) },
    login: await loginOf(hosts[0]!, room, values),
    nodes: hosts.map(({ address }, at) => ({ name: `node${at + 1}`, address, key: keys.get(address) })),
  })));
}

/** Where nothing of ours says who logs in, ssh does. */
async function loginOf(host: Cluster['hosts'][number], room: Room, values: CardValues): Promise<string> {
  const known = host.login ?? sshOptions(values, room.settings).login;
  if (known !== undefined) return known;
  const [file, ...args] = reach(room, values, { connectWithinMs: 10_000 }).command(host);
  const said = await output([file!, '-G', ...args], { withinMs: 10_000 });
  return /^user (.+)$/m.exec(said)![1]!;
}
