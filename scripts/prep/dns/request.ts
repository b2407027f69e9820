/** Which record is to stand where: by flags, and where these say nothing by room.yml. */
import { parseCount, UsageError } from '../../lib/command-line.ts';
import { DNS_NAME, type DnsSettings, KEY_FILE, SERVER, ZONE } from '../../lib/room/settings.ts';
import { firstMachine } from '../first-machine.ts';
import type { Room } from '../../lib/room/open-room.ts';
import { type AddressRecord, addressRecord, canonicalName, isAmong, sorted } from './records.ts';
import { parseServer } from './server.ts';

export const requestFlags = {
  name: { type: 'string' },
  provider: { type: 'string' },
  zone: { type: 'string' },
  server: { type: 'string' },
  'key-file': { type: 'string' },
  address: { type: 'string' },
  ttl: { type: 'string', default: '60' },
} as const;

type Values =
  & { readonly [flag in Exclude<keyof typeof requestFlags, 'ttl'>]?: string | undefined }
  & { readonly ttl: string };

export interface Request {
  readonly name: string;
  readonly settings: DnsSettings;
  readonly wanted: readonly AddressRecord[];
}

/** @throws UsageError naming what is missing, or is wrong */
export function requestOf(values: Values, { settings, clusters }: Pick<Room, 'settings' | 'clusters'>): Request {
  const where = settingsOf(values, settings.dns);
  const name = canonicalName(field('name', values.name, settings.dnsName || undefined));
  const zone = canonicalName(where.zone);
  if (name !== zone && !name.endsWith(`.${zone}`)) {
    throw new UsageError(`Cannot put ${name} into the zone ${zone}: its names are ${zone} and what ends in .${zone}`);
  }
  const ttl = parseCount('--ttl', values.ttl, { least: 1, most: 86_400 });
  return { name, settings: where, wanted: parseAddresses(values.address ?? addressOfRoom(clusters), ttl) };
}

function settingsOf(values: Values, dns: DnsSettings | undefined): DnsSettings {
  const provider = field('provider', values.provider, dns?.provider);
  const zone = field('zone', values.zone, dns?.zone);
  if (provider === 'cli53') {
    const stray = (['server', 'key-file'] as const).find((flag) => values[flag] !== undefined);
    if (stray === undefined) return { provider, zone };
    throw new UsageError(`--${stray} is for nsupdate; cli53 knows by itself where the zone is`);
  }
  const updates = dns?.provider === 'nsupdate' ? dns : undefined;
  const server = field('server', values.server, updates?.server);
  parseServer('--server', server);
  const keyFile = values['key-file'] === undefined ? updates?.keyFile : field('key-file', values['key-file']);
  return { provider: 'nsupdate', zone, server, ...(keyFile === undefined ? {} : { keyFile }) };
}

interface Field {
  /** In room.yml. */
  readonly at: string;
  readonly rule: string;
  readonly pattern: RegExp;
}

/** Patterns are those of room.yml: what fits goes into commands and zones as it is. */
const FIELDS = {
  name: { at: 'dnsName', rule: 'a name such as room.example.org', pattern: DNS_NAME },
  provider: { at: 'dns.provider', rule: 'cli53 or nsupdate', pattern: /^(cli53|nsupdate)$/ },
  zone: { at: 'dns.zone', rule: 'a zone such as example.org', pattern: ZONE },
  server: { at: 'dns.server', rule: 'an address or a name, with :PORT behind it or not', pattern: SERVER },
  'key-file': { at: 'dns.keyFile', rule: 'a file, as tsig-keygen writes it', pattern: KEY_FILE },
} as const satisfies Readonly<Record<string, Field>>;

function field(flag: keyof typeof FIELDS, given: string | undefined, otherwise?: string): string {
  const { at, rule, pattern } = FIELDS[flag];
  if (given !== undefined && !pattern.test(given)) {
    throw new UsageError(`--${flag} must be ${rule}; got ${JSON.stringify(given)}`);
  }
  const value = given ?? otherwise;
  if (value === undefined) throw new UsageError(`This needs ${rule}: say it in room.yml (${at}), or with --${flag}`);
  return value;
}

function addressOfRoom(clusters: Room['clusters']): string {
  const { name, host: { address } } = firstMachine(clusters);
  if (addressRecord(address, 0)) return address;
  throw new UsageError(`${name} has no address in the list, but a name, ${address}: say the address with --address`);
}

function parseAddresses(text: string, ttl: number): AddressRecord[] {
  const records: AddressRecord[] = [];
  for (const one of text.split(',')) {
    const record = addressRecord(one.trim(), ttl);
    if (!record) {
      throw new UsageError(
        `--address must be one or more addresses, such as 10.0.0.7,2001:db8::7; got ${JSON.stringify(one)}`,
      );
    }
    if (!isAmong(record, records)) records.push(record);
  }
  return sorted(records);
}
