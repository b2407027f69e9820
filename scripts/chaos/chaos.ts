/** The chaos monkey: faults that heal by themselves, and the proof that nothing was lost. */
import { EXIT, runVerb as runVerbOf, verb } from '../lib/command-line.ts';
import { gameVerb, revealVerb } from './game.ts';
import { planVerb } from './plan/verb.ts';
import { reportVerb } from './report/report.ts';
import { runVerb } from './run/verb.ts';
import { healVerb, statusVerb } from './status.ts';

const WHERE = 'Nothing is broken without --armed. Next: ./scripts/chaos.mjs plan, with what is running here; or status';

const where = verb({}, () => {
  process.stdout.write(`${WHERE}\n`);
  return Promise.resolve(EXIT.done);
});

const VERBS = {
  plan: planVerb,
  run: runVerb,
  status: statusVerb,
  heal: healVerb,
  report: reportVerb,
  game: gameVerb,
  reveal: revealVerb,
};

export async function main(args: readonly string[]): Promise<number> {
  return await runVerbOf(VERBS, args, { bare: where });
}
