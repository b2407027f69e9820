/** import: addresses of machines that somebody else has made. */
import { asUsage, EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { addHosts, changeHostsFile, countHosts } from '../lib/hosts-file.ts';
import { readInput } from '../lib/read-input.ts';
import { countInWords } from '../lib/words.ts';
import { common, DEFAULTS, dryRun } from './flags.ts';
import { parseAddresses } from './parse-addresses.ts';

export const importAddresses = verb({ ...common, ...dryRun }, async ({ values, positionals }) => {
  const [from, ...more] = positionals;
  if (from === undefined || more.length > 0) {
    throw new UsageError('import takes one file of addresses; - is the standard input');
  }
  const { hosts: file = DEFAULTS.hosts, 'dry-run': isDryRun = false } = values;
  const text = await readInput(from);
  const entries = asUsage(() => parseAddresses(text, from === '-' ? 'the standard input' : from));
  const count = { before: 0, after: 0 };
  changeHostsFile(file, (before) => {
    const after = addHosts(before, entries);
    [count.before, count.after] = [countHosts(before), countHosts(after)];
    return isDryRun ? before : after;
  });
  const added = count.after - count.before;
  const known = entries.length - added;
  const words = [
    `${inWords(added)} ${isDryRun ? 'would be ' : ''}added to ${file}`,
    ...(known === 0 ? [] : [`${known} stood there already`]),
    `${count.after} in all`,
  ];
  print(values, { file, added, known, all: count.after, dryRun: isDryRun }, words.join('; '));
  return EXIT.done;
});

function inWords(count: number): string {
  return countInWords(count, 'address', 'addresses');
}
