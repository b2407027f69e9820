/** `all`: the steps of the day, one after the other. `resume`: what the last step that was begun has left undone. */
import { askSecret } from '../lib/ask.ts';
import { EXIT, UsageError, type Verb, verb } from '../lib/command-line.ts';
import { readJournal } from '../lib/room/journal.ts';
import { check } from './check.ts';
import { copykey } from './copykey.ts';
import { roomFlags } from './flags.ts';
import { init } from './init.ts';
import { post } from './post.ts';
import { repository } from './repository.ts';
import { warm } from './warm.ts';

const flags = { ...roomFlags, 'accept-new': { type: 'boolean' } } as const;

/** Those that are made on machines. */
const STEPS: Readonly<Record<string, Verb>> = { check, copykey, post, repository, warm };

/** A machine on which a step fails keeps no other machine from the next. */
export const all = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) throw new UsageError(`all is for the whole room; got ${JSON.stringify(positionals[0])}`);
  const { json, 'accept-new': acceptNew, ...room } = values;
  const common = Object.entries(room).flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]);
  const args = json ? [...common, '--json'] : common;
  // For check and for copykey; the machines' ssh does not inherit it.
  if (process.env.SSHPASS === undefined && process.stdin.isTTY) {
    process.env.SSHPASS = await askSecret('Password of the machines');
  }
  let worst: number = EXIT.done;
  for (const [name, step] of Object.entries({ init, check, copykey, post, warm })) {
    process.stderr.write(`── ${name}\n`);
    const code = await step(name === 'check' && acceptNew ? [...args, '--accept-new'] : args, signal);
    if (signal.aborted || code === EXIT.usage) return code;
    // What failed counts more than what was not reached.
    if (code !== EXIT.done && worst !== EXIT.failed) worst = code;
  }
  return worst;
});

/** What a step takes is taken here, too, and goes to it. */
export const resume: Verb = async (args, signal) => {
  const begun = readJournal().findLast((entry) => entry.kind === 'begin' && Object.hasOwn(STEPS, entry.step));
  if (begun?.kind !== 'begin') throw new UsageError(`No step has been begun: ${Object.keys(STEPS).join(', ')}`);
  const { step, args: selectors } = begun;
  process.stderr.write(`── ${[step, ...selectors].join(' ')}, where it is not done\n`);
  return await STEPS[step]!([...selectors, '--rest', ...args], signal);
};
