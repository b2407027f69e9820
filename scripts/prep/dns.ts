/**
 * `dns`: the name of the room's web server, in a zone that is somebody else's as well. So what would change is shown first,
 * nothing but that name is touched, and what was put there is written down, for `close` to take away.
 */
import { confirm } from '../lib/ask.ts';
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { needPrograms } from '../lib/process.ts';
import { createProgress } from '../lib/progress.ts';
import type { DnsRecord } from '../lib/room/journal.ts';
import { awaitSeen, resolverInWords } from './dns/await-seen.ts';
import { recordsMade } from './dns/made.ts';
import { putRecords } from './dns/put-records.ts';
import { type Difference, differenceOf, formatDifference, isAmong, typesInWords } from './dns/records.ts';
import { requestFlags, requestOf } from './dns/request.ts';
import { parseServer } from './dns/server.ts';
import { openZone, programsOf } from './dns/zone.ts';
import { roomFlags } from '../lib/room/flags.ts';
import { parseTime } from '../lib/parse-time.ts';
import { assertNumbered, openRoom } from '../lib/room/open-room.ts';
import { UNCHANGED } from '../lib/words.ts';

const flags = {
  // With those of ssh, of which it has no use: `all` says them to every step.
  ...roomFlags,
  ...requestFlags,
  resolver: { type: 'string' },
  within: { type: 'string', default: '5m' },
  yes: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

export const dns = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) throw new UsageError(`dns is for the whole room; got ${JSON.stringify(positionals[0])}`);
  const room = await openRoom(values);
  assertNumbered(room);
  const { name, settings, wanted } = requestOf(values, room);
  const resolver = values.resolver === undefined ? undefined : parseServer('--resolver', values.resolver);
  const withinMs = parseTime('--within', values.within);
  await needPrograms(...programsOf(settings));

  const zone = await openZone(settings);
  const { records: before, obstacle } = await zone.read(name, signal);
  if (obstacle !== undefined) {
    throw new Error(`Cannot give ${name} an address: what stands there is not for this to replace; got ${obstacle}`);
  }
  const ours = recordsMade(room.entries, { settings, name });
  const difference = differenceOf(before, wanted);
  const isChange = difference.removed.length + difference.added.length > 0;
  const shown = formatDifference(name, difference);
  const what = `this change in the zone ${settings.zone}${remarkOn(difference, ours)}`;
  const data = { name, before, after: wanted };
  if (values['dry-run']) {
    const told = `${shown}\n${isChange ? `Would make ${what}` : SO_ALREADY}`;
    print(values, { ...data, changed: false, seen: false }, told);
    return EXIT.done;
  }
  if (isChange) {
    process.stderr.write(`${shown}\n`);
    if (!(values.yes || await confirm(`Make ${what}?`))) {
      print(values, { ...data, after: before, changed: false, seen: false }, UNCHANGED);
      return EXIT.failed;
    }
    await putRecords({ zone, settings, name, before, wanted, ours, signal });
  }
  const progress = createProgress();
  const trouble = await awaitSeen(name, wanted, { zone, resolver, withinMs, signal, onWaiting: progress.now });
  if (trouble !== undefined) progress.done(trouble);
  const done = isChange ? `${name} is written down at ${zone.keeper}` : `${shown}\n${SO_ALREADY}`;
  const told = trouble === undefined ? `${done}; ${resolverInWords(resolver)} sees it` : done;
  print(values, { ...data, changed: isChange, seen: trouble === undefined }, told);
  return trouble === undefined ? EXIT.done : EXIT.failed;
});

const SO_ALREADY = 'It is so already: nothing was changed';

/** What of the change is not this room's to know: `, which replaces an A record that this room did not make`. */
function remarkOn({ removed, added, kept }: Difference, ours: readonly DnsRecord[]): string {
  const foreign = removed.filter((record) => !isAmong(record, ours));
  if (foreign.length === 0) return '';
  const stays = [...added, ...kept].map(({ type }) => type);
  const parts = [
    ['replaces', foreign.filter(({ type }) => stays.includes(type))],
    ['takes away', foreign.filter(({ type }) => !stays.includes(type))],
  ] as const;
  const words = parts.filter(([, records]) => records.length > 0)
    .map(([verb, records]) => `${verb} ${records.length === 1 ? 'an ' : ''}${typesInWords(records)}`);
  return `, which ${words.join(' and ')} that this room did not make`;
}
