/**
 * Faults of containers, on and off at a moment that is known: by the engine and by the host's own programs, without a
 * guard, whose start would take longer than what is measured here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { docker, output, run } from '../../testkit/docker.ts';

export interface Harm {
  readonly name: string;
  /** How long it is on. A process that is killed is dead at once, and nobody keeps it from being started again. */
  readonly seconds: number;
  readonly begin: (container: string) => Promise<unknown>;
  readonly end: (container: string) => Promise<unknown>;
}

/** Who has no restart policy is started by hand after that, as chaos.mjs does it. */
const BY_HAND_AFTER_MS = 5000;

const LASTING_SECONDS = 5;

const LOSS = 0.3;

export const HARMS: readonly Harm[] = [
  {
    name: 'kill',
    seconds: 0,
    // Not `docker kill`: an engine takes that for the will of its user, and starts nothing again.
    begin: async (container) => output(['kill', '-KILL', await pidOf(container)]),
    end: async (container) => {
      await sleep(BY_HAND_AFTER_MS);
      return await docker('start', container);
    },
  },
  {
    name: 'stop',
    seconds: LASTING_SECONDS,
    begin: (container) => docker('stop', container),
    end: (container) => docker('start', container),
  },
  {
    name: 'pause',
    seconds: LASTING_SECONDS,
    begin: (container) => docker('pause', container),
    end: (container) => docker('unpause', container),
  },
  { name: 'isolate', seconds: LASTING_SECONDS, ...filter('-j DROP') },
  {
    name: 'loss',
    seconds: 2 * LASTING_SECONDS,
    ...filter(`-m statistic --mode random --probability ${LOSS} -j DROP`),
  },
];

/** A rule for all that comes and goes, but for what stays inside the container. */
function filter(rule: string): Pick<Harm, 'begin' | 'end'> {
  const change = (action: string) => async (container: string): Promise<void> => {
    const pid = await pidOf(container);
    for (const [chain, side] of [['INPUT', '-i'], ['OUTPUT', '-o']] as const) {
      const line = `iptables -w ${action} ${chain} ! ${side} lo ${rule}`;
      await run(['nsenter', '-t', pid, '-n', ...line.split(' ')]);
    }
  };
  return { begin: change('-I'), end: change('-D') };
}

async function pidOf(container: string): Promise<string> {
  return await docker('inspect', '--format', '{{.State.Pid}}', container);
}
