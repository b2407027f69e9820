/** `www`: the web server of the class, on the first machine of the room: the chapters as pages, and this repository to clone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { exitCodeOf, formatResults } from '../lib/fan-out/report.ts';
import { parseImageName } from '../lib/image-name.ts';
import { needPrograms } from '../lib/process.ts';
import { firstMachine } from './first-machine.ts';
import { stepFlags } from '../lib/room/flags.ts';
import { assertNumbered, openRoom } from '../lib/room/open-room.ts';
import { formatPlan } from '../lib/room/plan.ts';
import { placeRepository } from './repository.ts';
import { formatSteps, outcomeData, planSteps, runStepsOn } from '../lib/room/run-steps.ts';
import { UNCHANGED } from '../lib/words.ts';
import { readSteps } from './read-steps.ts';
import { stepInput } from './step-input.ts';
import { WEB_PORT, webUrl } from './web.ts';

const flags = {
  ...stepFlags,
  steps: { type: 'string' },
  image: { type: 'string' },
  from: { type: 'string' },
} as const;

/** For the first answer from here, once it has answered there. */
const ANSWERS_WITHIN_MS = 15_000;

export const www = verb(flags, async ({ values, positionals, signal }) => {
  if (positionals.length > 0) throw new UsageError(`www is for the room; got ${JSON.stringify(positionals[0])}`);
  const { image = '', from } = values;
  if (image !== '') parseImageName(image, 'ghcr.io/you/coinroom:1');
  await needPrograms('ssh', 'git');
  const steps = await readSteps('www.yml', values.steps);
  const room = await openRoom(values);
  assertNumbered(room);
  const machine = firstMachine(room.clusters);
  const url = webUrl(room);
  if (values['dry-run']) {
    const plan = planSteps(steps, [machine]);
    const first = `${machine.name}: a clone in ~/coinroom${from === undefined ? '' : ` from ${from}`}`;
    print(values, { url, plan }, `${first}\n${formatPlan(plan)}`);
    return EXIT.done;
  }
  const how = { room, values, signal };
  const { results: [placed], commit } = await placeRepository([machine], { ...how, selectors: [], from });
  if (placed!.end !== 'done') {
    print(values, { url, end: placed!.end, detail: placed!.detail }, formatResults([placed!]));
    return exitCodeOf([placed!]);
  }
  const token = room.settings.webToken;
  const variables = { COMMIT: commit, IMAGE: image, PORT: String(WEB_PORT), WWW_TOKEN: token };
  const inputFor = await stepInput([machine], room, variables);
  const outcome = await runStepsOn([machine], { ...how, step: 'www', args: [], steps, inputFor, within: '30m' });
  const { results, changed } = outcome;
  const isDone = results[0]!.end === 'done';
  const trouble = isDone ? await troubleFromHere(url, token, signal) : undefined;
  const told = [
    formatSteps(steps, outcome),
    '',
    formatResults(results),
    ...(changed === 0 && isDone ? [UNCHANGED] : []),
    ...(isDone ? [`The chapters: ${url}`, `To clone:     git clone ${cloneUrl(url, token)}`] : []),
    ...(trouble === undefined ? [] : [`It answers on ${machine.name} itself, and not from here: ${trouble}`]),
  ];
  print(values, { url, trouble: trouble ?? null, machines: outcomeData(outcome) }, told.join('\n'));
  return isDone && trouble !== undefined ? EXIT.failed : exitCodeOf(results);
});

/** The token is shown as `TOKEN`: it stands on the cards. */
function cloneUrl(url: string, token: string): string {
  return `${token === '' ? url : url.replace('//', '//class:TOKEN@')}coinroom.git`;
}

/** Why it cannot be seen from this machine, such as a firewall on the way; undefined when it can. */
async function troubleFromHere(url: string, token: string, signal: AbortSignal): Promise<string | undefined> {
  const deadline = performance.now() + ANSWERS_WITHIN_MS;
  const headers = token === '' ? {} : { Authorization: `Bearer ${token}` };
  for (;;) {
    const within = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
    const trouble = await fetch(`${url}coinroom.git/info/refs`, { headers, signal: within }).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok ? undefined : `${url} answers ${response.status}`;
      },
      (error: Error) => String((error.cause as Error | undefined)?.message ?? error.message),
    );
    if (trouble === undefined || signal.aborted || performance.now() >= deadline) return trouble;
    await sleep(500, undefined, { signal }).catch(() => {});
  }
}
