/** Follows the containers: whoever comes is in the balance a moment later, whoever goes is out of it before it ends. */
import { constants } from 'node:os';
import { EXIT, verb } from '../lib/command-line.ts';
import type { Container } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { OWN_LABELS } from '../lib/own-containers.ts';
import { createProgress, type Progress } from '../lib/progress.ts';
import { createBurst } from './burst.ts';
import { common, type CommonValues, linksOf, open, type Opened } from './flags.ts';
import { type EngineEvent, followEvents } from './follow.ts';
import { createKeeper, type Step, type Survey } from './keeper.ts';
import { createLeaving } from './leaving.ts';
import { missingNames } from './names-file.ts';
import { consumersIn } from './sight.ts';
import { assertPossible } from './plan.ts';
import { pullProxyImage } from './proxy-container.ts';
import type { Link } from './links.ts';

/** Containers that are started together come as a burst; each change is one reload of HAProxy. */
const BURST = { quietMs: 50, atMostMs: 300 } as const;

const NETWORK_ACTIONS = ['connect', 'disconnect'];

/** After something could not be done; events come without that too. */
const TRY_AGAIN_MS = { least: 1000, most: 30_000 } as const;

export const watch = verb(common, async ({ values, signal }) => {
  const opened = await open(values, signal);
  const found = await linksOf(opened);
  // Balancers are followed without a link, too.
  if (found.refusals.length > 0) assertPossible(opened.project, found);
  const progress = createProgress();
  await Promise.all(opened.engines.map((engine) => pullProxyImage(engine, opened.image, progress)));
  await follow(opened, { links: found.links, values, progress, signal });
  return EXIT.done;
});

interface WatchOptions {
  readonly links: readonly Link[];
  readonly values: CommonValues;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function follow({ project, engines, image }: Opened, options: WatchOptions): Promise<void> {
  const { links, values, progress, signal } = options;
  const keeper = createKeeper({ project: project.name, engines, links, image });
  const teller = createTeller({ values, progress, links });
  const acting = new Set<Promise<void>>();
  const seen = new Map<string, Container>();
  // Events tell of all that come, so nobody has to be asked again who is there, unless some may have been missed.
  let ids: Map<Engine, Set<string>> | undefined;
  let again: NodeJS.Timeout | undefined;
  let waitMs: number = TRY_AGAIN_MS.least;

  const leaving = createLeaving(() => burst.add());
  const tryLater = (): void => {
    clearTimeout(again);
    again = setTimeout(() => burst.add(), waitMs);
    waitMs = Math.min(waitMs * 2, TRY_AGAIN_MS.most);
  };
  // Something was to be done with a container that was being worked on.
  let isWorkLeft = false;
  const act = async ({ actions }: Survey, since: number): Promise<void> => {
    const steps = await keeper.act(actions);
    teller.steps(steps, performance.now() - since);
    if (steps.some(({ error }) => error)) tryLater();
    else waitMs = TRY_AGAIN_MS.least;
    if (!isWorkLeft) return;
    isWorkLeft = false;
    burst.add();
  };
  const burst = createBurst(async (since) => {
    try {
      const survey = await keeper.survey({ leaving: leaving.ids(), ids });
      const { members, ambassadors, balancers } = survey.sight;
      seen.clear();
      for (const { container } of members) seen.set(container.id, container);
      ids ??= new Map(engines.map((engine) => [engine, new Set<string>()]));
      for (const { engine, container } of [...members, ...ambassadors, ...balancers]) {
        ids.get(engine)!.add(container.id);
      }
      teller.survey(survey);
      isWorkLeft ||= survey.isWorkLeft;
      if (survey.actions.length === 0) return;
      // Not waited for: to make a container takes long, and others may have to be told something meanwhile.
      const done = act(survey, since).finally(() => acting.delete(done));
      acting.add(done);
    } catch (error) {
      teller.trouble((error as Error).message.split('\n')[0]!);
      tryLater();
    }
  }, BURST);

  const onEvent = ({ engine, action, id, attributes }: EngineEvent): void => {
    const isOurs = attributes['com.docker.compose.project'] === project.name ||
      attributes[OWN_LABELS.project] === project.name;
    // A network is told of before its container runs, and then that is what counts.
    const isMoved = NETWORK_ACTIONS.includes(action) && seen.get(id)?.status === 'running';
    if (!isOurs && !isMoved) return;
    if (action === 'kill') {
      if (!isToldToEnd(attributes.signal, seen.get(id))) return;
      leaving.add(id);
    } else if (action === 'start') leaving.delete(id);
    if (action === 'destroy') ids?.get(engine)?.delete(id);
    else ids?.get(engine)?.add(id);
    burst.add();
  };
  const following = await followEvents(engines, {
    signal,
    onEvent,
    onTrouble: (engine, reason) => {
      if (reason !== undefined) return teller.trouble(`${engine.name} does not answer: ${reason}`);
      teller.trouble(`${engine.name} answers again`);
      ids = undefined;
      burst.add();
    },
  });
  teller.following(project.name);
  burst.add();
  await following.ended;
  clearTimeout(again);
  leaving.close();
  await burst.close();
  await Promise.all(acting);
}

/** What `docker stop` sends first. */
function isToldToEnd(number: string | undefined, container: Container | undefined): boolean {
  const name = container?.stopSignal ?? 'SIGTERM';
  const expected = /^\d+$/.test(name) ? Number(name) : constants.signals[name as NodeJS.Signals];
  return Number(number) === expected;
}

/** Says what has changed, and what is wrong only once for as long as it is. */
function createTeller({ values, progress, links }: Pick<WatchOptions, 'values' | 'progress' | 'links'>) {
  let warnings = new Set<string>();
  const errors = new Map<string, string>();
  const say = (text: string, data: object): void => {
    const at = new Date();
    if (values.json) process.stdout.write(`${JSON.stringify({ at: at.toISOString(), ...data })}\n`);
    else progress.done(`${at.toTimeString().slice(0, 8)} ${text}`);
  };

  function warningsOf({ sight, wanted }: Survey): Set<string> {
    const nameless = consumersIn(sight, links).flatMap(({ container }) => {
      const names = missingNames(container, links).join(', ');
      return names === ''
        ? []
        : [`${container.name} calls ${names} past its ambassadors: ./scripts/ambassadors.mjs apply`];
    });
    return new Set([...nameless, ...wanted.flatMap(({ unreachable }) => unreachable)]);
  }

  return {
    following: (project: string) =>
      say(`following the containers of ${project}; Ctrl-C ends it`, { kind: 'following', project }),
    trouble: (text: string) => say(text, { trouble: text }),
    survey: (survey: Survey) => {
      const now = warningsOf(survey);
      for (const warning of now) if (!warnings.has(warning)) say(warning, { warning });
      warnings = now;
    },
    /** `ms` since the first event that led to them. */
    steps: (steps: readonly Step[], ms: number) => {
      for (const { action, error } of steps) {
        if (!error) errors.delete(action.name);
        else if (errors.get(action.name) !== error.message) {
          errors.set(action.name, error.message);
          say(error.message, { kind: action.kind, name: action.name, error: error.message });
        }
      }
      const done = steps.filter((step) => step.done !== undefined);
      const told = done.flatMap(({ action }) => action.kind === 'configure' ? [action] : []);
      for (const [service, own] of Map.groupBy(told, ({ wanted }) => wanted.service)) {
        const { backends } = own[0]!.wanted;
        const who = own.length === 1 ? own[0]!.name : `${own.length} ambassadors`;
        const data = { kind: 'configure', service, backends, names: own.map(({ name }) => name), ms: Math.round(ms) };
        say(`${service}: ${backends} now, ${who} told after ${(ms / 1000).toFixed(2)} s`, data);
      }
      for (const { action, done: text } of done) {
        if (action.kind !== 'configure') say(text!, { kind: action.kind, name: action.name, ms: Math.round(ms) });
      }
    },
  };
}
