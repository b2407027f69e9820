/** `status`: what is on anywhere; `heal`: takes back what is ours, and nothing else. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { projectName } from '../lib/project-name.ts';
import { formatTable } from '../lib/table.ts';
import { inParallel } from '../lib/in-parallel.ts';
import { type Guard, lift, type Site } from './dead-man/site.ts';
import { CHAOS_EXIT } from './exit.ts';
import { placeFlags } from './flags.ts';
import { openSites, type PlaceValues } from './place.ts';
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
  const { found, silent, close } = await look(values, positionals, signal);
  // The monkey first, so that it breaks nothing anew.
  const isLock = ({ guard }: Found): boolean => parseWhat(guard.what).fault === LOCK;
  const order = found.toSorted((a, b) => Number(isLock(b)) - Number(isLock(a)));
  const results = await inParallel(order, AT_ONCE, async ({ site, guard }) => await lift(site, guard.id, signal));
  await close();
  const lines = order.map(({ site, guard }, at) => {
    const { fault, victim } = parseWhat(guard.what);
    const name = fault === LOCK ? `the monkey at ${site.name}` : `${fault ?? guard.id} of ${victim} at ${site.name}`;
    const result = results[at]!;
    if (result.status === 'rejected') return { name, ok: false, end: (result.reason as Error).message };
    const { state, why } = result.value;
    return { name, ok: state !== 'stuck', end: state === 'stuck' ? `STUCK: ${why}` : 'taken back' };
  });
  const text = lines.length === 0 ? ['Nothing of ours was on'] : lines.map(({ name, end }) => `${name}: ${end}`);
  print(values, lines, [...text, ...silent].join('\n'));
  return lines.every(({ ok }) => ok) && silent.length === 0 ? CHAOS_EXIT.held : CHAOS_EXIT['revert failed'];
});

/** Of one project, where one is named; else everything. */
async function look(
  values: PlaceValues,
  selectors: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly found: Found[]; readonly silent: string[]; readonly close: () => Promise<void> }> {
  const { sites, close } = await openSites(values, selectors);
  const isNamed = values.project !== undefined || values.file !== undefined;
  const project = isNamed ? await projectName(values, signal) : undefined;
  const lists = await inParallel(sites, AT_ONCE, async (site) => await site.list(signal));
  const all = lists.flatMap((one, at) =>
    one.status === 'fulfilled' ? one.value.map((guard) => ({ site: sites[at]!, guard })) : []
  );
  return {
    close,
    found: all.filter(({ guard }) => project === undefined || parseWhat(guard.what).project === project),
    silent: lists.flatMap((one, at) =>
      one.status === 'rejected' ? [`${sites[at]!.name} does not answer: ${(one.reason as Error).message}`] : []
    ),
  };
}
