/** `status`, and what a bare prep.mjs says: the day's checklist, and the next command. */
import { existsSync } from 'node:fs';
import { EXIT, print, verb } from '../lib/command-line.ts';
import { readJournal } from '../lib/room/journal.ts';
import { formatTable } from '../lib/table.ts';
import { checklist, nextCommand, stateInWords, type StepState } from './checklist.ts';
import { roomFlags } from '../lib/room/flags.ts';
import { formatClusters } from './init.ts';
import { openRoom } from '../lib/room/open-room.ts';
import { closedBefore } from './put-aside.ts';

export const status = verb(roomFlags, async ({ values }) => {
  if (!existsSync(values.hosts) && readJournal().length === 0) {
    const closed = closedBefore();
    const begin = `Next: vms.mjs create, or ${values.hosts} with an address a line; then prep.mjs init`;
    const told = closed === undefined
      ? 'There is no room here yet'
      : `The room is closed; what was done to it is in ${closed}`;
    print(values, { isNumbered: false, clusters: [], steps: [], next: begin }, `${told}\n${begin}`);
    return EXIT.done;
  }
  const room = await openRoom(values);
  const steps = await checklist(room, values);
  const next = nextCommand(steps);
  const data = {
    ...{ isNumbered: room.isNumbered, clusters: room.clusters },
    steps: steps.map(({ bad, ...rest }) => ({
      ...{ ...rest, state: stateInWords({ bad, ...rest }) },
      bad: bad.map(({ machine, entry }) => ({ name: machine.name, end: entry.end, detail: entry.detail })),
    })),
    next,
  };
  const table = formatTable(['step', 'state', 'done', 'last', 'what'], steps.map(rowOf));
  const numbers = room.isNumbered ? '' : '\nThese numbers are not for good yet: prep.mjs init';
  print(values, data, `${formatClusters(room.clusters)}${numbers}\n\n${table}\nNext: ${next}`);
  return steps.some(({ bad }) => bad.length > 0) ? EXIT.failed : EXIT.done;
});

/** Names of those without it, as many as one can read. */
const SHOWN = 8;

function rowOf(state: StepState): string[] {
  const { step, of, done, bad, missing, at } = state;
  const named = bad.length > 0
    ? bad.map(({ machine, entry }) => `${machine.name} ${entry.end}`)
    : at === undefined
    ? []
    : missing;
  const more = named.length > SHOWN ? [`and ${named.length - SHOWN} more`] : [];
  return [
    ...[step, stateInWords(state), `${done} of ${of}`],
    ...[at?.slice(0, 16).replace('T', ' ') ?? '', [...named.slice(0, SHOWN), ...more].join(', ')],
  ];
}
