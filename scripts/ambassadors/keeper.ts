/**
 * Makes what there is into what there should be, again and again. It remembers only what can be found out anew: killed
 * and started again it goes on where it was.
 */
import type { Container } from '../lib/containers.ts';
import type { Engine } from '../lib/engine.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { type Action, decide, perform } from './actions.ts';
import type { Link } from './links.ts';
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

/** A container is quickly told something; to make one takes the engine a while, and many at once take it longer. */
const AT_ONCE = { quick: 8, slow: 4 } as const;

export function createKeeper({ project, engines, links, image }: KeeperOptions): Keeper {
  const configurations = new Map<string, string>();
  const busy = new Set<string>();

  async function step(action: Action): Promise<Step> {
    busy.add(action.name);
    try {
      const done = await perform(action, { project, image });
      if (action.kind === 'configure') {
        configurations.set(lifeOf(action.there.container), action.wanted.configuration);
      }
      return { action, ...(done === undefined ? {} : { done }) };
    } catch (error) {
      return { action, error: error as Error };
    } finally {
      busy.delete(action.name);
    }
  }

  return {
    survey: async ({ ids, leaving = new Set<string>(), nameless = false } = {}) => {
      const all = await look(project, engines, ids);
      const sight = links ? all : { ...all, ambassadors: [] };
      const wanted = [
        ...wantedAmbassadors(sight, links ?? [], { leaving, nameless }),
        ...wantedBalancers(sight, leaving),
      ];
      const known = (container: Container): string | undefined => configurations.get(lifeOf(container));
      const due = decide(sight, wanted, { image, known });
      const actions = due.filter(({ name }) => !busy.has(name));
      return { sight, wanted, actions, isWorkLeft: actions.length < due.length };
    },
    act: async (actions) => {
      const free = actions.filter(({ name }) => !busy.has(name));
      for (const { name } of free) busy.add(name);
      const isQuick = ({ kind }: Action): boolean => kind === 'configure';
      const results = await Promise.all([
        inParallel(free.filter(isQuick), AT_ONCE.quick, step),
        inParallel(free.filter((action) => !isQuick(action)), AT_ONCE.slow, step),
      ]);
      return results.flat().flatMap((result) => result.status === 'fulfilled' ? [result.value] : []);
    },
  };
}

/** What HAProxy has loaded it has loaded for as long as it runs. */
function lifeOf({ id, startedAt }: Container): string {
  return `${id} ${startedAt}`;
}
