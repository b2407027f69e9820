/**
 * Makes what there is into what there should be, again and again. It remembers only what can be found out anew: killed
 * and started again it goes on where it was.
 */
import type { Container } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { type Action, type Configure, decide, inWords, perform } from './actions.ts';
import type { Configuration } from './haproxy.ts';
import type { Link } from './links.ts';
import { changed, type Loaded, loaded, runtimeCommands } from './runtime.ts';
import { configureProxies, type Order, type Told } from './shared-folder.ts';
import { type KnownIds, look, type Sight } from './sight.ts';
import { type Wanted, wantedAmbassadors, wantedBalancers, type WantedOptions } from './wanted.ts';

export interface KeeperOptions {
  readonly project: string;
  readonly engines: readonly Engine[];
  /** Undefined: ambassadors are left alone, and only balancers are kept. */
  readonly links: readonly Link[] | undefined;
  readonly image: string;
}

export interface Step {
  readonly action: Action;
  /** What was done; undefined when nothing had to be. */
  readonly done?: string;
  readonly error?: Error;
}

export interface Survey {
  readonly sight: Sight;
  readonly wanted: readonly Wanted[];
  readonly actions: readonly Action[];
  /** Others have to be done as well, and wait until what is being done with their container is over. */
  readonly isWorkLeft: boolean;
}

export interface SurveyOptions extends WantedOptions {
  /** Where they are known. */
  readonly ids?: KnownIds | undefined;
}

export interface Keeper {
  /** Looks, and changes nothing. */
  readonly survey: (options?: SurveyOptions) => Promise<Survey>;
  /** Does these, but for those whose container is being worked on: they are left for the next survey. */
  readonly act: (actions: readonly Action[]) => Promise<Step[]>;
}

/** To make a container takes an engine a while, and to make many at once takes it longer. */
const AT_ONCE = 4;

export function createKeeper({ project, engines, links, image }: KeeperOptions): Keeper {
  const running = new Map<string, Loaded>();
  const busy = new Set<string>();

  async function step(action: Exclude<Action, Configure>): Promise<Step> {
    try {
      return { action, done: await perform(action, { project, image }) };
    } catch (error) {
      return { action, error: error as Error };
    } finally {
      busy.delete(action.name);
    }
  }

  /** Tells all of one engine at once. */
  async function configure(actions: readonly Configure[]): Promise<Step[]> {
    const orders = actions.map(({ there, wanted: { configuration } }): Order => {
      const before = running.get(lifeOf(there.container));
      const commands = before && runtimeCommands(before, configuration);
      return { container: there.container, configuration, commands };
    });
    try {
      const results = await configureProxies(actions[0]!.there.engine, orders);
      return results.map((told, at) => remember(actions[at]!, told));
    } catch (error) {
      return actions.map((action) => ({ action, error: error as Error }));
    } finally {
      for (const { name } of actions) busy.delete(name);
    }
  }

  function remember(action: Configure, told: Told): Step {
    if (told instanceof Error) return { action, error: told };
    const { there: { container }, wanted } = action;
    const before = running.get(lifeOf(container));
    const isReloaded = told === 'reloaded' || !before;
    running.set(lifeOf(container), isReloaded ? loaded(wanted.configuration) : changed(before, wanted.configuration));
    return told === 'same' ? { action } : { action, done: `${action.name} has ${inWords(wanted)} now` };
  }

  return {
    survey: async ({ ids, leaving = new Set<string>(), nameless = false } = {}) => {
      const all = await look(project, engines, ids);
      const sight = links ? all : { ...all, ambassadors: [] };
      const wanted = [
        ...wantedAmbassadors(sight, links ?? [], { leaving, nameless }),
        ...wantedBalancers(sight, leaving),
      ];
      // One that is being told something else may have by the end of it what nobody wants any more.
      const known = (container: Container): Configuration | undefined =>
        busy.has(container.name) ? undefined : running.get(lifeOf(container))?.configuration;
      const due = decide(sight, wanted, { image, known });
      const actions = due.filter(({ name }) => !busy.has(name));
      return { sight, wanted, actions, isWorkLeft: actions.length < due.length };
    },
    act: async (actions) => {
      const free = actions.filter(({ name }) => !busy.has(name));
      for (const { name } of free) busy.add(name);
      const isQuick = (action: Action): action is Configure => action.kind === 'configure';
      const quick = Map.groupBy(free.filter(isQuick), ({ there }) => there.engine);
      const slow = free.filter((action) => !isQuick(action)) as Exclude<Action, Configure>[];
      const [told, made] = await Promise.all([
        Promise.all([...quick.values()].map(configure)),
        inParallel(slow, AT_ONCE, step),
      ]);
      return [...told.flat(), ...made.flatMap((result) => result.status === 'fulfilled' ? [result.value] : [])];
    },
  };
}

/** What HAProxy has loaded it has loaded for as long as it runs. */
function lifeOf({ id, startedAt }: Container): string {
  return `${id} ${startedAt}`;
}
