/** `all`: the steps of the day, one after the other. `resume`: what the last step that was begun has left undone. */
import { askSecret } from '../lib/ask.ts';
import { EXIT, UsageError, type Verb, verb } from '../lib/command-line.ts';
import { readJournal } from '../lib/room/journal.ts';
import { readSettings } from '../lib/room/settings.ts';
import { cards } from './cards.ts';
import { check } from './check.ts';
import { copykey } from './copykey.ts';
import { dns } from './dns.ts';
import { roomFlags } from '../lib/room/flags.ts';
import { init } from './init.ts';
import { post } from './post.ts';
import { repository } from './repository.ts';
import { warm } from './warm.ts';
import { www } from './www.ts';

const flags = { ...roomFlags, 'accept-new': { type: 'boolean' }, yes: { type: 'boolean' } } as const;

const verify: Verb = (args, signal) => cards(['--verify', ...args], signal);

/** Those that are made on machines. */
const STEPS: Readonly<Record<string, Verb>> = { check, copykey, post, repository, warm, www, verify };

/** What a step of all takes besides what all do. */
const OWN_FLAGS: Readonly<Record<string, string>> = { check: 'accept-new', dns: 'yes' };

/** A machine on which a step fails keeps no other machine from the next. */
export const all = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) throw new UsageError(`all is for the whole room; got ${JSON.stringify(positionals[0])}`);
  const { json, 'accept-new': acceptNew, yes, ...room } = values;
  const own = { 'accept-new': acceptNew, yes };
  const common = Object.entries(room).flatMap(([name, value]) => value === undefined ? [] : [`--${name}=${value}`]);
  const args = json ? [...common, '--json'] : common;
  // For check and for copykey; the machines' ssh does not inherit it.
  if (process.env.SSHPASS === undefined && process.stdin.isTTY) {
    process.env.SSHPASS = await askSecret('Password of the machines');
  }
  const steps = { init, check, copykey, post, warm, www, dns, cards, verify };
  let worst: number = EXIT.done;
  for (const [name, step] of Object.entries(steps)) {
    if (name === 'dns' && (await readSettings()).dns === undefined) continue;
    process.stderr.write(`── ${name}\n`);
    const flag = OWN_FLAGS[name] as keyof typeof own | undefined;
    const code = await step(flag !== undefined && own[flag] ? [...args, `--${flag}`] : args, signal);
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
