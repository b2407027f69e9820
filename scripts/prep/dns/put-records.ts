import { type DnsRecord, writeJournal } from '../../lib/room/journal.ts';
import type { DnsSettings } from '../../lib/room/settings.ts';
import { type AddressRecord, differenceOf, isAmong, isSame } from './records.ts';
import type { Zone } from './zone.ts';

export interface PutOptions {
  readonly zone: Zone;
  readonly settings: DnsSettings;
  readonly name: string;
  readonly before: readonly AddressRecord[];
  readonly wanted: readonly AddressRecord[];
  /** What stands there of this room. */
  readonly ours: readonly DnsRecord[];
  readonly signal: AbortSignal;
}

/** Puts them there, and writes into the journal which of them are of this room: not those that somebody else had there. */
export async function putRecords({ zone, settings, name, before, wanted, ours, signal }: PutOptions): Promise<void> {
  const { added, kept } = differenceOf(before, wanted);
  const made = [...added, ...kept.filter((record) => isAmong(record, ours))];
  const write = (records: readonly AddressRecord[]): void =>
    writeJournal({ kind: 'dns', settings, name, records: records.map(({ type, address }) => ({ type, address })) });
  try {
    await zone.replace({ name, before, after: wanted }, signal);
  } catch (error) {
    // A program that was stopped while it waited, or lost the answer, may have done it, or half of it. What stands there
    // now is not to be forgotten.
    const now = await zone.read(name).then(({ records }) => records, () => before);
    if (!isSame(now, before)) write(made.filter((record) => isAmong(record, now)));
    if (signal.aborted || isSame(now, before) || !isSame(now, wanted)) throw error;
    return;
  }
  write(made);
}
