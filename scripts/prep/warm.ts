/**
 * `warm`: whatever the class will fetch is on every machine before it comes: images, Node, npm's cache, the cache of the
 * build. One machine fetches it from outside. And then the proof that they are ready without internet.
 */
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { needPrograms } from '../lib/process.ts';
import { createProgress } from '../lib/progress.ts';
import { countInWords, UNCHANGED } from '../lib/words.ts';
import { fillRegistry } from './fill-registry.ts';
import { limitsOf, stepFlags } from '../lib/room/flags.ts';
import { assertNumbered, choose, openRoom } from '../lib/room/open-room.ts';
import { readOwnFile } from './own-file.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { reach } from '../lib/room/reach.ts';
import { registryOf } from './registry.ts';
import { headCommit } from './repository.ts';
import { formatSteps, outcomeData, planSteps, runStepsOn } from '../lib/room/run-steps.ts';
import { readSteps } from './read-steps.ts';
import { stepInput } from './step-input.ts';

const flags = { ...stepFlags, steps: { type: 'string' }, images: { type: 'string' } } as const;

export const warm = verb(flags, async ({ values, positionals: selectors, signal }) => {
  await needPrograms('ssh', 'git');
  const steps = await readSteps('warm.yml', values.steps);
  const images = await readImages(values.images);
  const room = await openRoom(values);
  assertNumbered(room);
  const machines = choose(room, selectors, { step: 'warm', ...values });
  const registry = registryOf(room);
  if (values['dry-run']) {
    const plan = planSteps(steps, machines);
    const first = `${registry.machine.name}: brings ${images.join(', ')} into the registry ${registry.address}`;
    print(values, { registry: registry.address, images, plan }, `${first}\n${formatPlan(plan)}`);
    return EXIT.done;
  }
  const limits = limitsOf(values, '30m');
  const commit = await headCommit();
  const progress = createProgress();
  const filled = await fillRegistry({
    ...{ ...limits, step: 'warm', connections: reach(room, values, limits), signal },
    ...{ registry, images, commit, onProgress: progress.done },
  });
  const variables = {
    COMMIT: commit,
    CACHE: filled.cache,
    LAYERS: filled.layers,
    IMAGES: filled.images.map((image) => image.join(' ')).join('\n'),
  };
  const inputFor = await stepInput(machines, room, variables);
  const how = { room, values, signal, within: '30m' };
  const outcome = await runStepsOn(machines, { ...how, step: 'warm', args: selectors, steps, inputFor });
  const { results, changed } = outcome;
  const ready = results.filter(({ end }) => end === 'done').length;
  const isProved = steps.some(({ name }) => name === PROOF);
  const told = [
    changed === 0 ? UNCHANGED : `Made: ${countInWords(changed, 'step')}`,
    `${ready} of ${countInWords(machines.length, 'machine')} are ${isProved ? PROOF : 'warm'}`,
  ];
  const data = {
    registry: registry.address,
    images: Object.fromEntries(filled.images),
    machines: outcomeData(outcome),
  };
  print(values, data, `${formatSteps(steps, outcome)}\n\n${formatResults(results)}\n${told.join('\n')}`);
  return exitCodeOf(results);
});

/** The step that proves it. */
const PROOF = 'ready without internet';

/** With a tag: what is pushed by digest alone has no name in a registry. */
const IMAGE = /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?:[\w][\w.-]{0,127}$/;

/** @throws UsageError naming file and line */
export async function readImages(given: string | undefined): Promise<string[]> {
  const { text, name } = await readOwnFile('images.txt', given);
  const images = text.split('\n').flatMap((line, at) => {
    const image = line.replace(/#.*/, '').trim();
    if (image === '') return [];
    if (IMAGE.test(image)) return [image];
    throw new UsageError(
      `Cannot read ${name}, line ${at + 1}: a line holds an image with its tag, such as redis:7.4.2; got ${
        JSON.stringify(image)
      }`,
    );
  });
  return [...new Set(images)];
}
