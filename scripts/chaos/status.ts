/** `status`: what is on anywhere; `heal`: takes back what is ours, and nothing else. */
import { EXIT, print, UsageError, verb } from '../lib/command-line.ts';
import { namesProject, projectName } from '../lib/project-name.ts';
import { formatTable } from '../lib/table.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { type Guard, lift, type Site } from './dead-man/site.ts';
import { CHAOS_EXIT } from './exit.ts';
import { placeFlags } from './flags.ts';
import { meansMachines, openSites, type PlaceValues } from './place.ts';
import { LOCK, parseWhat } from './run/guard-what.ts';

interface Found {
  readonly site: Site;
  readonly guard: Guard;
}

export const statusVerb = verb(placeFlags, async ({ values, positionals, signal }) => {
  const { found, silent, close } = await look(values, positionals, signal);
  await close();
  const rows = found.map(({ site, guard: { id, state, why, what } }) => {
    const { fault, victim, forMs, at, run } = parseWhat(what);
    return { site: site.name, id, fault, victim, state, why, run, forMs, at };
  });
  const lines = [
    rows.length === 0 ? 'Nothing of ours is on' : formatTable(
      ['site', 'fault', 'victim', 'state', 'for', 'since', 'run'],
      rows.map(({ site, id, fault, victim, state, forMs, at, run, why }) => [
        ...[site, fault === LOCK ? 'a monkey is at work' : fault ?? id, victim ?? ''],
        ...[
          `${state}${why === '' ? '' : `: ${why}`}`,
          fault === LOCK || forMs === undefined ? '' : `${forMs / 1000} s`,
        ],
        ...[at ?? '', run ?? ''],
      ]),
    ),
    ...silent,
  ];
  print(values, rows, lines.join('\n'));
  return silent.length > 0 ? EXIT.failed : EXIT.done;
});

/** How many are taken back at a time. */
const AT_ONCE = 8;

export const healVerb = verb(placeFlags, async ({ values, positionals, signal }) => {
  const { found, others, silent, sites, close } = await look(values, positionals, signal);
  const isLock = ({ guard }: Found): boolean => parseWhat(guard.what).fault === LOCK;
  // The monkey first, so that it breaks nothing anew.
  const order = found.toSorted((a, b) => Number(isLock(b)) - Number(isLock(a)));
  const results = await inParallel(order, AT_ONCE, async ({ site, guard }) => await lift(site, guard.id, { signal }));
  const lines = order.map(({ site, guard }, at): Healed => {
    const { fault, victim } = parseWhat(guard.what);
    const name = fault === LOCK ? `the monkey at ${site.name}` : `${fault ?? guard.id} of ${victim} at ${site.name}`;
    const result = results[at]!;
    if (result.status === 'rejected') return { name, ok: false, end: (result.reason as Error).message };
    const { state, why } = result.value;
    return { name, ok: state !== 'stuck', end: state === 'stuck' ? `STUCK: ${why}` : 'taken back' };
  });
  lines.push(...await sweepAll(sites, others, signal));
  await close();
  const text = lines.length === 0 ? ['Nothing of ours was on'] : lines.map(({ name, end }) => `${name}: ${end}`);
  print(values, lines, [...text, ...silent].join('\n'));
  return lines.every(({ ok }) => ok) && silent.length === 0 ? CHAOS_EXIT.held : CHAOS_EXIT['revert failed'];
});

interface Healed {
  readonly name: string;
  readonly ok: boolean;
  readonly end: string;
}

/** What guards have left that somebody has removed by force. Where there is no image of ours, nobody has had a guard. */
async function sweepAll(sites: readonly Site[], others: readonly Found[], signal: AbortSignal): Promise<Healed[]> {
  const results = await inParallel(sites, AT_ONCE, async (site) => {
    const keep = others.filter((one) => one.site === site).map(({ guard }) => guard.id);
    return (await site.sweep(keep, signal)).map((what) => ({
      name: `${what} at ${site.name}`,
      ok: true,
      end: 'removed',
    }));
  });
  return results.flatMap((one): Healed[] => {
    if (one.status === 'fulfilled') return one.value;
    if (one.reason instanceof UsageError) return [];
    return [{ name: 'what may be left', ok: false, end: (one.reason as Error).message }];
  });
}

interface Looked {
  readonly sites: readonly Site[];
  readonly found: readonly Found[];
  /** Guards that are not meant. */
  readonly others: readonly Found[];
  /** Sites that could not be asked, and why. */
  readonly silent: readonly string[];
  readonly close: () => Promise<void>;
}

/** Of one project, where one is named; else everything, as on machines always. */
async function look(
  values: PlaceValues,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<Looked> {
  const { sites, close } = await openSites(values, selectors);
  const isLimited = namesProject(values) && !meansMachines(values);
  const project = isLimited ? await projectName(values, signal) : undefined;
  const lists = await inParallel(sites, AT_ONCE, async (site) => await site.list(signal));
  const all = lists.flatMap((one, at) =>
    one.status === 'fulfilled' ? one.value.map((guard) => ({ site: sites[at]!, guard })) : []
  );
  const isMeant = ({ guard }: Found): boolean => project === undefined || parseWhat(guard.what).project === project;
  return {
    ...{ sites, close, found: all.filter(isMeant), others: all.filter((one) => !isMeant(one)) },
    silent: lists.flatMap((one, at) =>
      one.status === 'rejected' ? [`${sites[at]!.name} does not answer: ${(one.reason as Error).message}`] : []
    ),
  };
}
