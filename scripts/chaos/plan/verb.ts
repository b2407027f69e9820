import { print, verb } from '../../lib/command-line.ts';
import { CHAOS_EXIT, endingWithNobody } from '../exit.ts';
import { planFlags } from '../flags.ts';
import { prepare } from '../prepare.ts';
import { planAsData, planAsText } from './show.ts';

/** What `run` would do. Nothing is changed anywhere. */
export const planVerb = verb(planFlags, ({ values, positionals, signal }) =>
  endingWithNobody(async () => {
    const prepared = await prepare(values, positionals, signal);
    await prepared.place.close();
    print(values, planAsData(prepared), planAsText(prepared));
    return prepared.plan.length === 0 ? CHAOS_EXIT['nothing matched'] : CHAOS_EXIT.held;
  }));
