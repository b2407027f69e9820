/** The machines of a room: which verb is run, and where you are when none is. */
import { EXIT, runVerb, verb } from '../lib/command-line.ts';
import { countInWords } from '../lib/words.ts';
import { create } from './create.ts';
import { destroy } from './destroy.ts';
import { common, parseLab } from './flags.ts';
import { importAddresses } from './import.ts';
import { findMachines, list } from './list.ts';
import { isOverdue } from './machine.ts';

/** Where you are, and what comes next. */
const bare = verb({}, async () => {
  const { machines, trouble } = await findMachines({ lab: parseLab(common.lab.default) });
  const overdue = machines.filter((one) => isOverdue(one)).length;
  const count = `${countInWords(machines.length, 'machine')}${overdue === 0 ? '' : `, ${overdue} OVERDUE`}`;
  const next = overdue > 0 ? 'destroy --overdue' : machines.length === 0 ? 'create -n 5' : 'list';
  process.stdout.write(`${[count, ...trouble].join('\n')}\nNext: ./scripts/vms.mjs ${next}\n`);
  return EXIT.done;
});

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb({ create, import: importAddresses, list, destroy }, args, { bare });
}
