import { verb } from '../../lib/command-line.ts';
import { endingWithNobody } from '../exit.ts';
import { planFlags } from '../flags.ts';
import { prepare } from '../prepare.ts';
import { tellPlan } from './show.ts';

/** What `run` would do. Nothing is changed anywhere. */
export const planVerb = verb(planFlags, ({ values, positionals, signal }) =>
  endingWithNobody(async () => {
    const prepared = await prepare(values, positionals, signal);
    await prepared.place.close();
    return tellPlan(values, prepared);
  }));
