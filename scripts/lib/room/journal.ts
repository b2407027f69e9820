/**
 * What has happened to a room, in the order in which it happened: `.workshop/journal.jsonl`, a line each. Lines are only
 * ever added, so a tool that is killed leaves a true journal. It holds no secret.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { End } from '../fan-out/fan-out.ts';
import type { DnsSettings } from './settings.ts';

/** Holds what the scripts know of a room, beside its list of machines. */
export const WORKSHOP_FOLDER = '.workshop';

/** The keys of the machines. */
export const KNOWN_HOSTS = join(WORKSHOP_FOLDER, 'known_hosts');

/** What is recorded of them; empty where nothing is yet. */
export function readKnownHosts(): string {
  return existsSync(KNOWN_HOSTS) ? readFileSync(KNOWN_HOSTS, 'utf8') : '';
}

const FILE = join(WORKSHOP_FOLDER, 'journal.jsonl');

export type Role = 'student' | 'instructor' | 'spare';

export type Entry =
  /** These have been given their numbers, once and for all. Machines as their list has them, node1 first. */
  | { readonly kind: 'clusters'; readonly clusters: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: 'role'; readonly cluster: string; readonly role: Role }
  /** The machines of a spare cluster have taken the place of those of another, which are nobody's any more. */
  | { readonly kind: 'swap'; readonly cluster: string; readonly spare: string }
  /** A step has begun; what follows of it has the same `run`. */
  | { readonly kind: 'begin'; readonly run: string; readonly step: string; readonly args: readonly string[] }
  /** What became of it on one machine. */
  | StepEntry
  | { readonly kind: 'end'; readonly run: string }
  /** These records have been put into a zone; none: they have been taken away. */
  | {
    readonly kind: 'dns';
    readonly settings: DnsSettings;
    readonly name: string;
    readonly records: readonly DnsRecord[];
  }
  /** Cards have been made; by cluster, the digest of what is on each. */
  | { readonly kind: 'cards'; readonly cards: Readonly<Record<string, string>> };

export interface DnsRecord {
  readonly type: 'A' | 'AAAA';
  readonly address: string;
}

export interface StepEntry {
  readonly kind: 'step';
  readonly run: string;
  readonly step: string;
  readonly address: string;
  readonly end: End;
  readonly detail: string;
  readonly ms: number;
}

export type Written = Entry & { readonly at: string };

/** Adds a line, which is on its way to the disk when this comes back. */
export function writeJournal(entry: Entry, folder = '.'): void {
  mkdirSync(join(folder, WORKSHOP_FOLDER), { recursive: true, mode: 0o700 });
  const written = { at: new Date().toISOString(), ...entry };
  appendFileSync(join(folder, FILE), `${JSON.stringify(written)}\n`, { mode: 0o600 });
}

/**
 * Empty where there is none. A last line that was cut off in the middle is left out.
 *
 * @throws SyntaxError naming the line that cannot be read
 */
export function readJournal(folder = '.'): Written[] {
  const file = join(folder, FILE);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, at): Written[] => {
    if (line === '') return [];
    try {
      return [JSON.parse(line) as Written];
    } catch (error) {
      if (at === lines.length - 1) return [];
      throw new SyntaxError(`Cannot read ${file}, line ${at + 1}: a line holds one JSON object`, { cause: error });
    }
  });
}
