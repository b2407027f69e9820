/**
 * A zone of Route 53, by cli53. Its changes cannot name what they expect to find, as an update of RFC 2136 can: so the zone
 * is read once more just before, and what is not there yet is created, which Route 53 refuses where it is there by now.
 */
import { CommandError, output } from '../../lib/process.ts';
import type { DnsSettings } from '../../lib/room/settings.ts';
import { addressesAmong, canonicalName, differenceOf, isSame, parseRecords, TYPES } from './records.ts';
import type { Change, Found, Zone } from './zone.ts';

type Settings = Extract<DnsSettings, { provider: 'cli53' }>;

export function cli53Zone({ zone: given }: Settings): Zone {
  const zone = canonicalName(given);
  return {
    keeper: 'Route 53',
    read: (name, signal) => read(zone, name, signal),
    replace: (change, signal) => replace(zone, change, signal),
  };
}

async function read(zone: string, name: string, signal?: AbortSignal): Promise<Found> {
  const text = await cli53(['export', '--full', zone], { cannot: `Cannot read the zone ${zone}`, signal });
  const records = parseRecords(text).filter((record) => record.name === name);
  // Records that Route 53 chooses among, or makes from those of another name: cli53 tells them by a comment and a class.
  const special = records.find(({ class: recordClass, value }) => recordClass === 'AWS' || value.includes('; AWS '));
  const obstacle = records.find(({ type }) => type === 'CNAME') ?? special;
  return {
    records: addressesAmong(records),
    obstacle: obstacle && `${obstacle.type} ${obstacle.value}`,
  };
}

async function replace(zone: string, { name, before, after }: Change, signal?: AbortSignal): Promise<void> {
  const cannot = `Cannot change the zone ${zone}`;
  const now = await read(zone, name, signal);
  if (now.obstacle !== undefined || !isSame(now.records, before)) {
    throw new Error(`${cannot}: somebody has changed the record since it was read, so nothing was done; run it again`);
  }
  const { removed, added } = differenceOf(before, after);
  const changed = TYPES.filter((type) => [...removed, ...added].some((record) => record.type === type));
  const put = after.filter(({ type }) => changed.includes(type));
  const isReplaced = before.some(({ type }) => put.some((record) => record.type === type));
  if (put.length > 0) {
    const records = put.map(({ ttl, type, address }) => `${name}. ${ttl} ${type} ${address}`);
    const flags = isReplaced ? ['--replace', '--wait'] : ['--wait'];
    await cli53(['rrcreate', ...flags, zone, ...records], { cannot, signal });
  }
  for (const type of changed.filter((one) => !put.some((record) => record.type === one))) {
    await cli53(['rrdelete', '--wait', zone, `${name}.`, type], { cannot, signal });
  }
}

interface Cli53Options {
  readonly cannot: string;
  readonly signal: AbortSignal | undefined;
}

/** Its credentials are where the tools of AWS have them: in variables or files of the user's. */
async function cli53(args: readonly string[], { cannot, signal }: Cli53Options): Promise<string> {
  try {
    return await output(['cli53', ...args], signal ? { signal } : {});
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const { code, stdout, stderr } = error.finished;
    const [said = ''] = (stderr.trim() || stdout.trim()).replace(/^Error: /, '').split('\n');
    throw new Error(`${cannot}: ${said || `cli53 ended with ${code}`}`, { cause: error });
  }
}
