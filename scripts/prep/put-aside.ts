/** What is kept here of a room, and goes when the room does: its lists, its secrets, its journal. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalAddress, type Host, parseHosts } from '../lib/hosts.ts';
import { changeHostsFile, countHosts, removeHosts } from '../lib/hosts-file.ts';
import { readJournal, WORKSHOP_FOLDER } from '../lib/room/journal.ts';
import { joinHost, type Machine } from '../lib/room/room.ts';
import { removeCards } from './cards/files.ts';
import { LISTS, RETIRED_LIST } from './roles.ts';

/** Those of the room that stand in a list: of the others, vms.mjs has taken the address out with the machine. */
export function listedMachines(machines: readonly Machine[]): Machine[] {
  const listed = new Set(Object.values(LISTS).flatMap(hostsIn).map(({ address }) => canonicalAddress(address)));
  const retired = hostsIn(RETIRED_LIST);
  const cluster = { name: 'retired', role: 'spare', hosts: retired } as const;
  return [
    ...machines.filter(({ host }) => listed.has(canonicalAddress(host.address))),
    // A swap has put them aside; they are there nevertheless.
    ...retired.map((host, at) => ({ name: host.address, host, cluster, node: at + 1 })),
  ];
}

function hostsIn(file: string): Host[] {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return countHosts(text) === 0 ? [] : parseHosts(text, file);
}

/** Out of the lists of all groups. */
export function unlist(gone: readonly Machine[]): void {
  const entries = gone.map(({ host }) => joinHost(host));
  for (const file of [...Object.values(LISTS), RETIRED_LIST]) {
    if (existsSync(file)) changeHostsFile(file, (text) => removeHosts(text, entries));
  }
}

export function forgetSecrets(): void {
  for (const path of ['passwords.json', 'keys']) rmSync(join(WORKSHOP_FOLDER, path), { recursive: true, force: true });
  removeCards();
}

const CLOSED = 'closed-';

/** Puts aside what is known of a room without machines: the next one in this folder begins anew. Gives where it is. */
export function archive(): string {
  const folder = join(WORKSHOP_FOLDER, `${CLOSED}${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of ['journal.jsonl', 'known_hosts', 'output']) {
    if (existsSync(join(WORKSHOP_FOLDER, name))) renameSync(join(WORKSHOP_FOLDER, name), join(folder, name));
  }
  return folder;
}

/** Where the room is that was closed last, unless there is another since. */
export function closedBefore(): string | undefined {
  if (!existsSync(WORKSHOP_FOLDER) || readJournal().length > 0) return undefined;
  const last = readdirSync(WORKSHOP_FOLDER).filter((name) => name.startsWith(CLOSED)).sort().at(-1);
  return last === undefined ? undefined : join(WORKSHOP_FOLDER, last);
}
