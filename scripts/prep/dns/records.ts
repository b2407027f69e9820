/** Records of a name: as programs print them, in an order of their own, and what has to change from some to others. */
import { isIP } from 'node:net';
import type { DnsRecord } from '../../lib/room/journal.ts';

export interface AddressRecord extends DnsRecord {
  /** s */
  readonly ttl: number;
}

export const TYPES = ['A', 'AAAA'] as const;

/** Any record, as a line of a zone file has it. */
export interface ResourceRecord {
  /** Lower case, without the dot at its end. */
  readonly name: string;
  readonly ttl: number;
  readonly class: string;
  readonly type: string;
  /** With the comment behind it, if there is one. */
  readonly value: string;
}

/** Out of what dig prints, or a zone file with whole names and a record a line; other lines are passed over. */
export function parseRecords(text: string): ResourceRecord[] {
  const lines = text.matchAll(/^([^\s;]\S*)\s+(\d+)\s+([A-Z]+)\s+([A-Z0-9]+)\s+(\S.*?)\s*$/gm);
  return [...lines].map(([, name, ttl, recordClass, type, value]) => ({
    ...{ name: canonicalName(name!), ttl: Number(ttl), class: recordClass!, type: type!, value: value! },
  }));
}

/** Those that say an address, sorted. */
export function addressesAmong(records: readonly ResourceRecord[]): AddressRecord[] {
  return sorted(records.flatMap(({ class: recordClass, type, value, ttl }) => {
    const record = recordClass === 'IN' && isAddressType(type) ? addressRecord(value, ttl) : undefined;
    return record === undefined ? [] : [record];
  }));
}

function isAddressType(type: string): boolean {
  return (TYPES as readonly string[]).includes(type);
}

/** Undefined for what is no address. An IPv6 address has many ways to be written: here it has one (RFC 5952). */
export function addressRecord(text: string, ttl: number): AddressRecord | undefined {
  if (isIP(text) === 4) return { type: 'A', address: text, ttl };
  // What follows a % is the name of an interface, which says nothing to another machine.
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  return { type: 'AAAA', address: new URL(`http://[${text}]`).hostname.slice(1, -1), ttl };
}

export function sorted(records: readonly AddressRecord[]): AddressRecord[] {
  return records.toSorted((a, b) => a.type.localeCompare(b.type) || a.address.localeCompare(b.address));
}

/** `Room.example.org.` is `room.example.org`. */
export function canonicalName(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** Whether it is among them, however long it may be kept. */
export function isAmong({ type, address }: DnsRecord, records: readonly DnsRecord[]): boolean {
  return records.some((other) => other.type === type && other.address === address);
}

/** Whether these are the same addresses, however long they may be kept. */
export function isSame(some: readonly DnsRecord[], others: readonly DnsRecord[]): boolean {
  return some.length === others.length && some.every((record) => isAmong(record, others));
}

export interface Difference {
  readonly removed: readonly AddressRecord[];
  readonly added: readonly AddressRecord[];
  readonly kept: readonly AddressRecord[];
}

/** A record that is to be kept for another time is removed and added. */
export function differenceOf(before: readonly AddressRecord[], after: readonly AddressRecord[]): Difference {
  const isIn = (records: readonly AddressRecord[]) => (record: AddressRecord): boolean =>
    records.some((other) => isAmong(record, [other]) && other.ttl === record.ttl);
  return {
    removed: before.filter((record) => !isIn(after)(record)),
    added: after.filter((record) => !isIn(before)(record)),
    kept: after.filter(isIn(before)),
  };
}

/** A line each: `+ room.example.org. 60 A 10.0.0.7`. */
export function formatDifference(name: string, { removed, added, kept }: Difference): string {
  const line = (sign: string) => ({ type, address, ttl }: AddressRecord): string =>
    `${sign} ${name}. ${ttl} ${type} ${address}`;
  return [...removed.map(line('-')), ...added.map(line('+')), ...kept.map(line('='))].join('\n');
}

/** `A 10.0.0.7, AAAA 2001:db8::7` */
export function recordsInWords(records: readonly DnsRecord[]): string {
  return records.length === 0 ? 'no address' : records.map(({ type, address }) => `${type} ${address}`).join(', ');
}

/** `A record`, `A and AAAA records`. */
export function typesInWords(records: readonly DnsRecord[]): string {
  const types = TYPES.filter((type) => records.some((record) => record.type === type));
  return `${types.join(' and ')} record${records.length === 1 ? '' : 's'}`;
}
