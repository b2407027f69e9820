/** `init`: room.yml for the instructor to fill in, and numbers for the machines, which they keep. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { asUsage, EXIT, parseCount, print, verb } from '../lib/command-line.ts';
import { readHosts } from '../lib/hosts.ts';
import { readJournal, writeJournal } from '../lib/room/journal.ts';
import { type Cluster, clustersIn, numberNew } from '../lib/room/room.ts';
import { readSettings, ROOM_FILE, settingsTemplate } from '../lib/room/settings.ts';
import { formatTable } from '../lib/table.ts';
import { countInWords } from '../lib/words.ts';
import { roomFlags } from '../lib/room/flags.ts';

const flags = {
  ...roomFlags,
  'cluster-size': { type: 'string' },
  smaller: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

export const init = verb(flags, async ({ values }) => {
  const settings = await readSettings();
  const size = values['cluster-size'];
  const clusterSize = size === undefined
    ? settings.clusterSize
    : parseCount('--cluster-size', size, { least: 1, most: 100 });
  const login = values.login ?? settings.login;
  const before = clustersIn(readJournal());
  const hosts = await readHosts(values.hosts);
  const numbers = asUsage(() => numberNew(before, hosts, { clusterSize, smaller: values.smaller ?? false }));
  const isNew = Object.keys(numbers).length > 0;
  const said: string[] = [];
  if (!values['dry-run']) {
    if (!existsSync(ROOM_FILE)) {
      await writeFile(ROOM_FILE, settingsTemplate({ clusterSize, login }), { flag: 'wx' });
      said.push(`${ROOM_FILE} is there now, for you to fill in`);
    }
    if (isNew) writeJournal({ kind: 'clusters', clusters: numbers });
  }
  const after = isNew ? [...before, ...clustersIn([{ kind: 'clusters', clusters: numbers }])] : before;
  const known = new Set(hosts.map(({ address }) => address));
  const absent = before.filter(({ role }) => role === 'student')
    .flatMap((cluster) => cluster.hosts.filter(({ address }) => !known.has(address)));
  for (const { address } of absent) said.push(`${address} is in the room, and not in ${values.hosts} any more`);
  said.push(isNew ? `Numbered: ${Object.keys(numbers).join(' ')}` : 'All machines had their numbers already');
  const data = { clusters: after, fresh: Object.keys(numbers), absent: absent.map(({ address }) => address) };
  print(values, data, `${formatClusters(after)}\n${said.join('\n')}`);
  return EXIT.done;
});

export function formatClusters(clusters: readonly Cluster[]): string {
  const rows = clusters.map(({ name, role, hosts }) => [
    ...[name, role, countInWords(hosts.length, 'machine')],
    hosts.map(({ address }) => address).join(' '),
  ]);
  return formatTable(['cluster', 'for', 'has', 'addresses'], rows);
}
