/**
 * What each service of a project holds while it suffers: processes, open files, connections, memory. Looked at from the
 * host, so that nothing is started in a container that is under test; needs its /proc, and root.
 *
 * A leak is what has grown from the beginning of a container's last life, after a time to warm up, to its end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { listIds } from '../scripts/lib/containers.ts';
import { formatTable } from '../scripts/lib/table.ts';
import { output, run } from './docker.ts';
import type { Scope } from './machine.ts';

/** For the option `skip`. */
export const unlessHost = process.platform === 'linux' && process.getuid?.() === 0 || process.env.CI === 'true'
  ? false
  : 'only root on the host of the engine sees what is open in containers: use sudo';

export interface Holding {
  /** All that run in it, its health checks too. */
  readonly processes: number;
  /** Of its first process, which is the service. */
  readonly files: number;
  /** TCP, that a program holds: what only the kernel still has to do with is not counted. */
  readonly connections: number;
  /** Resident, of its first process. */
  readonly megabytes: number;
}

export interface Look extends Holding {
  readonly container: string;
  /** Of its present life, ms since 1970. */
  readonly startedAt: number;
  /** ms since 1970. */
  readonly at: number;
}

/** How much more a container may hold in the end: a median of some looks, beside that of as many after the warm-up. */
const MAY_GROW: Readonly<Record<keyof Holding, (before: number) => number>> = {
  processes: (before) => before,
  // A request has a connection of its own, at both its ends; five workers have as many of them.
  files: (before) => before + 6,
  connections: (before) => before + 6,
  // V8 gives young objects their room step by step, and takes its time to clear up.
  megabytes: (before) => before * 1.2 + 15,
};

/** Until a Node has compiled what it uses often, and has its connections. */
const WARM_AFTER_MS = 20_000;

/** Looks whose median counts. */
const WINDOW = 5;

const LOOK_EVERY_MS = 2000;

export interface Watch {
  /** Ends it; gives all that was seen. */
  readonly stop: () => Promise<readonly Look[]>;
}

/** Begins to look at all containers of a project. */
export function watchHoldings(t: Scope, project: string): Watch {
  const looks: Look[] = [];
  const over = new AbortController();
  const watching = (async () => {
    while (!over.signal.aborted) {
      // One that is ended in the middle of it is seen the next time.
      looks.push(...await lookAt(project).catch(() => []));
      await sleep(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  const stop = async (): Promise<readonly Look[]> => {
    over.abort();
    await watching;
    return looks;
  };
  t.after(stop);
  return { stop };
}

/** For sh, after it the first process of each container: its number, and what it holds. */
const COUNT = `
all=$(ls -l /proc/[0-9]*/ns/pid 2>/dev/null)
for pid in "$@"; do
  space=$(readlink /proc/$pid/ns/pid) || continue
  files=$(ls /proc/$pid/fd | wc -l)
  memory=$(ps -o rss= -p $pid) || continue
  connections=$(nsenter -t $pid -n ss -tanH | grep -cE '^(ESTAB|SYN-|CLOSE-WAIT)')
  echo "$pid" $(echo "$all" | grep -cF "$space") $files $connections $memory
done`;

async function lookAt(project: string): Promise<Look[]> {
  const ids = await listIds({ project, stopped: false });
  const label = (name: string): string => `{{index .Config.Labels "com.docker.compose.${name}"}}`;
  const format = `{{.State.Pid}} {{.State.StartedAt}} ${label('service')}:${label('container-number')}`;
  const { stdout: told } = await run(['docker', 'inspect', '--format', format, ...ids]);
  const containers = told.trim().split('\n').map((line) => line.split(' '));
  const text = await output(['sh', '-c', COUNT, 'count', ...containers.map(([pid]) => pid!)]);
  const at = Date.now();
  return text.split('\n').flatMap((line): Look[] => {
    const [pid, ...counts] = line.trim().split(/\s+/);
    const [, startedAt, container] = containers.find(([own]) => own === pid) ?? [];
    // One that is ended in the middle of it has not said all.
    const [processes, files, connections, kibibytes] = counts.length === 4 ? counts.map(Number) : [];
    if (container === undefined || kibibytes === undefined) return [];
    return [{
      ...{ container, startedAt: Date.parse(startedAt!), at, megabytes: kibibytes / 1024 },
      ...{ processes: processes!, files: files!, connections: connections! },
    }];
  });
}

export interface Judged {
  /** In words. */
  readonly leaks: readonly string[];
  /** Who was not started again, for so long that growth would show. */
  readonly compared: readonly string[];
  /** For people. */
  readonly table: string;
}

/** Compares the beginning of each container's last life with its end. */
export function judgeHoldings(looks: readonly Look[]): Judged {
  const order = new Intl.Collator('en', { numeric: true }).compare;
  const lives = [...Map.groupBy(looks, ({ container }) => container)].sort(([a], [b]) => order(a, b))
    .map(([container, all]) => ({ container, ...lastLife(all) }));
  const kinds = Object.keys(MAY_GROW) as (keyof Holding)[];
  const leaks = lives.flatMap(({ container, early, late, seconds }) =>
    early === undefined
      ? []
      : kinds.filter((kind) => late[kind] > MAY_GROW[kind](early[kind])).map((kind) =>
        `${container} has ${show(late[kind])} ${kind} ${seconds} s after its start, and had ${show(early[kind])}`
      )
  );
  const rows = lives.map(({ container, starts, seconds, early, late, most }) => [
    ...[container, String(starts), `${seconds} s`],
    ...kinds.flatMap((kind) => [
      `${early === undefined ? '' : `${show(early[kind])} -> `}${show(late[kind])}`,
      show(most[kind]),
    ]),
  ]);
  return {
    leaks,
    compared: lives.flatMap(({ container, early }) => early === undefined ? [] : [container]),
    table: formatTable(['', 'starts', 'last', ...kinds.flatMap((kind) => [kind, 'most'])], rows),
  };
}

interface Life {
  /** How often it was seen to have been started. */
  readonly starts: number;
  /** How long its last life was seen. */
  readonly seconds: number;
  /** Undefined where that was too short. */
  readonly early: Holding | undefined;
  readonly late: Holding;
  /** In its last life. */
  readonly most: Holding;
}

function lastLife(looks: readonly Look[]): Life {
  const { startedAt, at } = looks.at(-1)!;
  const own = looks.filter((look) => look.startedAt === startedAt);
  const warm = own.filter((look) => look.at - startedAt >= WARM_AFTER_MS);
  return {
    starts: new Set(looks.map((look) => look.startedAt)).size,
    seconds: Math.round((at - startedAt) / 1000),
    early: warm.length >= 2 * WINDOW ? summary(warm.slice(0, WINDOW), median) : undefined,
    late: summary(own.slice(-WINDOW), median),
    most: summary(own, (values) => Math.max(...values)),
  };
}

function summary(looks: readonly Look[], of: (values: readonly number[]) => number): Holding {
  const one = (kind: keyof Holding): number => of(looks.map((look) => look[kind]));
  return {
    ...{ processes: one('processes'), files: one('files') },
    ...{ connections: one('connections'), megabytes: one('megabytes') },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function show(value: number): string {
  return value.toFixed(0);
}
