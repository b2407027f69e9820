/** Ambassadors and balancers of a Compose project: which verb is run, and where you are when none is. */
import { EXIT, runVerb, verb } from '../lib/command-line.ts';
import { countInWords } from '../lib/words.ts';
import { apply, plan, remove } from './apply.ts';
import { balance } from './balance.ts';
import { linksOf, open } from './flags.ts';
import { page } from './page.ts';
import { look } from './sight.ts';
import { status } from './status.ts';
import { watch } from './watch.ts';

/** Where you are, and what comes next. */
const bare = verb({}, async ({ signal }) => {
  const opened = await open({}, signal);
  const { links, refusals } = await linksOf(opened);
  const { ambassadors, balancers } = await look(opened.project.name, opened.engines);
  const refused = refusals.length === 0 ? '' : ` (${refusals.length} refused)`;
  process.stdout.write(
    `Project ${opened.project.name}: ${countInWords(links.length, 'link')}${refused}, ` +
      `${countInWords(ambassadors.length, 'ambassador')}, ${countInWords(balancers.length, 'balancer')}\n`,
  );
  const next = ambassadors.length + balancers.length === 0 ? 'plan' : 'status, watch or remove';
  process.stdout.write(`Next: ./scripts/ambassadors.mjs ${next}\n`);
  return EXIT.done;
});

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  return await runVerb({ plan, apply, watch, status, page, balance, remove }, args, { bare });
}
