/** `post`: from "we can log in" to a machine as the workshop needs it, by the steps of a file, and with this repository. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { needPrograms } from '../lib/process.ts';
import { countInWords, UNCHANGED } from '../lib/words.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { assertNumbered, choose, openRoom } from '../lib/room/open-room.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { headCommit, placeRepository, toldOf } from './repository.ts';
import { formatSteps, outcomeData, planSteps, runStepsOn } from '../lib/room/run-steps.ts';
import { readSteps } from './read-steps.ts';
import { stepInput } from './step-input.ts';

const flags = { ...stepFlags, steps: { type: 'string' } } as const;

export const post = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('ssh', 'git');
  const steps = await readSteps('steps.yml', values.steps);
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = choose(room, selectors, { step: 'post', ...values });
  if (values['dry-run']) {
    const plan = planSteps(steps, machines);
    print(values, plan, formatPlan(plan));
    return EXIT.done;
  }
  await headCommit();
  const inputFor = await stepInput(machines, room);
  const how = { room, values, signal, within: '30m' };
  const outcome = await runStepsOn(machines, { ...how, step: 'post', args: selectors, steps, inputFor });
  const { results, changed } = outcome;
  const firsts = machines.filter(({ node }, at) => node === 1 && results[at]!.end === 'done');
  const placed = await placeRepository(firsts, { room, values, selectors, signal });
  const told = [
    changed === 0 ? UNCHANGED : `Made: ${countInWords(changed, 'step')}`,
    ...(placed.results.some(({ end }) => end !== 'done') ? [formatResults(placed.results)] : []),
    ...(firsts.length === 0 ? [] : [`node1 of ${countInWords(firsts.length, 'cluster')}: ${toldOf(placed.sent)}`]),
  ];
  print(
    values,
    outcomeData(outcome),
    `${formatSteps(steps, outcome)}\n\n${formatResults(results)}\n${told.join('\n')}`,
  );
  return exitCodeOf([...results, ...placed.results]);
});
