/** Which ambassadors and balancers there are, and how they are. */
import { EXIT, print, verb } from '../lib/command-line.ts';
import { formatTable } from '../lib/table.ts';
import type { Action } from './actions.ts';
import { common, type CommonValues, linksOf, open } from './flags.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { readAll, type Reading } from './settle.ts';
import { isUp, type ListenerStatistics } from './statistics.ts';
import type { Wanted } from './wanted.ts';

export const status = verb(common, async ({ values, signal }) => {
  const opened = await open(values, signal);
  const { links } = await linksOf(opened);
  return await showStatus(createKeeper({ ...opened, project: opened.project.name, links }), values);
});

export interface StatusRow {
  /** The container that calls; of a balancer all of the project's. */
  readonly consumer: string;
  readonly link: string;
  /** 0: it does not answer. */
  readonly port: number;
  readonly mode: string;
  readonly up: number;
  readonly backends: number;
  /** Now on their way. */
  readonly sessions: number;
  /** Since it has had these backends. */
  readonly total: number;
  readonly state: string;
}

/** Gives the exit code: 1 when something is not as it should be. */
export async function showStatus(keeper: Keeper, values: CommonValues): Promise<number> {
  const { sight, wanted, actions } = await keeper.survey();
  const readings = await readAll(sight);
  const rows = [
    ...readings.flatMap((reading) => rowsOf(reading, wanted, actions)),
    ...actions.flatMap((action) => action.kind === 'create' ? [rowOfMissing(action.wanted)] : []),
  ].sort((a, b) => a.consumer.localeCompare(b.consumer, 'en', { numeric: true }) || a.link.localeCompare(b.link));
  const cells = rows.map(({ consumer, link, port, mode, up, backends, sessions, total, state }) => [
    consumer,
    link,
    port === 0 ? '-' : `${port}/${mode}`,
    `${up} of ${backends}`,
    String(sessions),
    String(total),
    state,
  ]);
  const table = formatTable(['consumer', 'calls', 'port', 'well', 'sessions', 'in all', 'state'], cells);
  print(values, rows, rows.length === 0 ? 'There is no ambassador: ./scripts/ambassadors.mjs plan' : table);
  return rows.every(({ state }) => state === 'ok') ? EXIT.done : EXIT.failed;
}

function rowsOf(
  { proxy, listeners, reason }: Reading,
  wanted: readonly Wanted[],
  actions: readonly Action[],
): StatusRow[] {
  const { name } = proxy.container;
  const action = actions.find((one) => one.name === name);
  const goal = wanted.find((one) => one.name === name && one.engine === proxy.engine);
  const who = { consumer: goal?.consumer?.container.name ?? '(all)', link: goal?.service ?? name };
  if (!listeners) {
    return [{ ...who, ...NOTHING, backends: goal?.backends ?? 0, state: action ? stateOf(action)! : reason! }];
  }
  return listeners.map((listener) => ({
    ...who,
    port: listener.port,
    mode: listener.mode,
    up: listener.servers.filter(isUp).length,
    backends: listener.servers.length,
    sessions: listener.current,
    total: listener.total,
    state: (action && stateOf(action)) ?? stateOfBackends(listener, goal),
  }));
}

const NOTHING = { port: 0, mode: '', up: 0, backends: 0, sessions: 0, total: 0 } as const;

function rowOfMissing({ consumer, service, backends }: Wanted): StatusRow {
  return { ...NOTHING, consumer: consumer?.container.name ?? '(all)', link: service, backends, state: 'not made yet' };
}

/** Undefined: it may well be as it should be. */
function stateOf({ kind }: Action): string | undefined {
  if (kind === 'replace') return 'of another network or image';
  if (kind === 'restart') return 'its consumer was restarted';
  return kind === 'remove' ? 'nobody needs it' : undefined;
}

function stateOfBackends({ servers }: ListenerStatistics, goal: Wanted | undefined): string {
  if (goal && goal.unreachable.length > 0) return goal.unreachable[0]!;
  if (goal && goal.backends !== servers.length) return 'does not know all instances: apply or watch';
  const down = servers.filter((server) => server.isChecked && !isUp(server)).map(({ name }) => name);
  if (down.length > 0) return `${down.join(', ')} down`;
  return servers.length === 0 ? 'nobody is there' : 'ok';
}
