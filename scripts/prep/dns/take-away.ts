/** The end of a room's names: what it has put into zones goes, and what others have put there since stays. */
import type { ProgramName } from '../../lib/process.ts';
import { writeJournal } from '../../lib/room/journal.ts';
import type { Made } from './made.ts';
import { isAmong, recordsInWords, typesInWords } from './records.ts';
import { openZone, programsOf } from './zone.ts';

export function programsFor(names: readonly Made[]): ProgramName[] {
  return [...new Set(names.flatMap(({ settings }) => programsOf(settings)))];
}

/** For a question: `take away the A record of room.example.org`. */
export function takeAwayInWords({ name, records }: Made): string {
  return `take away the ${typesInWords(records)} of ${name}`;
}

export interface Outcome {
  /** What became of each name that is nothing to this room any more. */
  readonly done: readonly string[];
  /** What others have at such a name. */
  readonly left: readonly string[];
  /** Why a name still has records of this room. */
  readonly trouble: readonly string[];
}

export async function takeAwayNames(names: readonly Made[], signal: AbortSignal): Promise<Outcome> {
  const outcome = { done: [] as string[], left: [] as string[], trouble: [] as string[] };
  for (const made of names) {
    try {
      const { isGoneAlready, others } = await takeAwayName(made, signal);
      const { name, records } = made;
      outcome.done.push(
        isGoneAlready ? `${name} has nothing of this room any more` : `Took away ${recordsInWords(records)} of ${name}`,
      );
      if (others !== '') outcome.left.push(`${name} has ${others}, which this room did not put there`);
    } catch (error) {
      const addresses = made.records.map(({ address }) => address).join(' and ');
      outcome.trouble.push(`${made.name} still points to ${addresses}: ${(error as Error).message}`);
    }
  }
  return outcome;
}

/** `others`: what stands there that is not of this room, in words. */
async function takeAwayName({ settings, name, records }: Made, signal: AbortSignal) {
  const zone = await openZone(settings);
  const { records: before, obstacle } = await zone.read(name, signal);
  const after = before.filter((record) => !isAmong(record, records));
  const isGoneAlready = after.length === before.length;
  if (!isGoneAlready) await zone.replace({ name, before, after }, signal);
  writeJournal({ kind: 'dns', settings, name, records: [] });
  return { isGoneAlready, others: obstacle ?? (after.length === 0 ? '' : recordsInWords(after)) };
}
