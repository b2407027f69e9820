/** Who gets which cluster: `instructor`, `spares` and `swap` move whole clusters, in the journal and in the lists. */
import { confirm } from '../lib/ask.ts';
import { EXIT, parseCount, print, UsageError, verb } from '../lib/command-line.ts';
import { addHosts, changeHostsFile, removeHosts } from '../lib/hosts-file.ts';
import { type Role, writeJournal } from '../lib/room/journal.ts';
import { type Cluster, joinHost } from '../lib/room/room.ts';
import { HOSTS_FILE, roomFlags } from '../lib/room/flags.ts';
import { formatClusters } from './init.ts';
import { assertNumbered, openRoom, type Room } from '../lib/room/open-room.ts';

/** In which list the machines of a cluster stand. Machines that a swap has put aside stand in another. */
export const LISTS: Readonly<Record<Role, string>> = {
  student: HOSTS_FILE,
  instructor: 'instructor.txt',
  spare: 'spares.txt',
};
export const RETIRED_LIST = 'retired.txt';

const flags = { ...roomFlags, yes: { type: 'boolean' } } as const;

export const instructor = verb(flags, async ({ values, positionals }) => {
  const [name = 'last', ...others] = positionals;
  if (others.length > 0) throw new UsageError('instructor takes one cluster, such as c5 or last');
  const room = await openNumbered(values);
  const now = room.clusters.filter(({ role }) => role === 'instructor');
  // Said again without a name it is no second group.
  if (positionals.length === 0 && now.length > 0) {
    return report(values, room, `The instructor has ${now[0]!.name} already`);
  }
  const chosen = findCluster(room.clusters, name);
  if (chosen.role === 'instructor') return report(values, room, `The instructor has ${chosen.name} already`);
  for (const cluster of now) give(cluster, 'student');
  give(chosen, 'instructor');
  return report(
    values,
    await openNumbered(values),
    `${chosen.name} is the instructor's now, and in ${LISTS.instructor}`,
  );
});

export const spares = verb(flags, async ({ values, positionals }) => {
  const count = parseCount('spares', positionals[0] ?? '1', { least: 0, most: 1000 });
  if (positionals.length > 1) throw new UsageError('spares takes one number, of clusters');
  const room = await openNumbered(values);
  const now = room.clusters.filter(({ role }) => role === 'spare');
  const students = room.clusters.filter(({ role }) => role === 'student');
  if (count === now.length) return report(values, room, `${count} spare already`);
  if (count - now.length >= students.length) {
    throw new UsageError(`There are ${students.length} clusters of students: ${count} spare would leave none`);
  }
  for (const cluster of now.slice(count)) give(cluster, 'student');
  const fresh = count > now.length ? students.slice(now.length - count) : [];
  for (const cluster of fresh) give(cluster, 'spare');
  return report(values, await openNumbered(values), `${count} spare now, in ${LISTS.spare}`);
});

export const swap = verb(flags, async ({ values, positionals }) => {
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) throw new UsageError('swap takes the bad cluster, such as c3');
  const room = await openNumbered(values);
  const bad = findCluster(room.clusters, name);
  if (bad.role === 'spare') throw new UsageError(`${bad.name} is a spare itself`);
  const spare = room.clusters.find(({ role, hosts }) => role === 'spare' && hosts.length >= bad.hosts.length);
  if (!spare) {
    throw new UsageError(
      `There is no spare of ${bad.hosts.length} machines for ${bad.name}: prep.mjs spares 1 sets one apart`,
    );
  }
  const what = `Give the seat of ${bad.name} the machines of ${spare.name} (${spare.hosts.map(joinHost).join(' ')})?`;
  if (!values.yes && !await confirm(what)) return EXIT.failed;
  writeJournal({ kind: 'swap', cluster: bad.name, spare: spare.name });
  move(bad, LISTS[bad.role], RETIRED_LIST);
  move({ ...spare, name: bad.name }, LISTS.spare, LISTS[bad.role]);
  const after = await openNumbered(values);
  return report(
    values,
    after,
    `${bad.name} has the machines of ${spare.name} now; its old ones are in ${RETIRED_LIST}`,
  );
});

async function openNumbered(values: { readonly hosts: string }): Promise<Room> {
  const room = await openRoom(values);
  assertNumbered(room);
  return room;
}

/** `c3`, `first` or `last` of the students'. */
function findCluster(clusters: readonly Cluster[], name: string): Cluster {
  const students = clusters.filter(({ role }) => role === 'student');
  const found = name === 'last'
    ? students.at(-1)
    : name === 'first'
    ? students[0]
    : clusters.find((one) => one.name === name);
  if (found) return found;
  const names = clusters.map((cluster) => cluster.name);
  throw new UsageError(
    `A cluster is one of ${names[0]} to ${names.at(-1)}, first or last; got ${JSON.stringify(name)}`,
  );
}

/** The journal comes first: what the lists say can be made from it again. */
function give(cluster: Cluster, role: Role): void {
  writeJournal({ kind: 'role', cluster: cluster.name, role });
  move(cluster, LISTS[cluster.role], LISTS[role]);
}

/** First into the new list: a machine that is in two lists is found again, one that is in none is lost. */
function move({ hosts, name }: Cluster, from: string, to: string): void {
  const entries = hosts.map(joinHost);
  changeHostsFile(to, (text) => addHosts(text, entries, name));
  changeHostsFile(from, (text) => removeHosts(text, entries));
}

function report(values: { readonly json?: boolean | undefined }, { clusters }: Room, text: string): number {
  print(values, { clusters }, `${formatClusters(clusters)}\n${text}`);
  return EXIT.done;
}
