/** Containers that die, stop, freeze, and are started again. */
import { shWord } from '../../lib/sh-word.ts';
import type { Fault, Strike } from './fault.ts';

/** Starts it where it does not run; not the task of a Swarm, which has sent another in its place. */
function startAgain({ victim: { handle, isReplaced } }: Strike): string {
  if (isReplaced) return '';
  const id = shWord(handle);
  return `[ "$(container ${id} State.Running)" = true ] || missing ${id} || api POST /containers/${id}/start >/dev/null`;
}

/** @param end what ends it, for sh: `id` is a word */
function ending(name: string, about: string, end: (id: string) => string): Fault {
  return {
    ...{ name, about, on: ['container'], victims: 'one', takesAway: true, needs: ['node'] },
    scripts: (strike) => {
      const id = shWord(strike.victim.handle);
      // It is seen by another run of it, or none.
      return { apply: `remember ${id}\n${end(id)}`, revert: startAgain(strike), isOn: `gone ${id}` };
    },
  };
}

export const kill = ending(
  'kill',
  'its process dies as in a crash (SIGKILL); who has no restart policy is started again when the time is over',
  (id) => `kill -KILL "$(container ${id} State.Pid)"`,
);

export const stop = ending(
  'stop',
  'it is told to end, as by docker stop, and started again when the time is over',
  (id) => `api POST /containers/${id}/stop >/dev/null`,
);

export const restart = ending(
  'restart',
  'it is told to end, and started again at once',
  (id) => `api POST /containers/${id}/restart >/dev/null`,
);

export const pause: Fault = {
  name: 'pause',
  about: 'it freezes: connections stay, and nobody answers',
  on: ['container'],
  victims: 'one',
  takesAway: true,
  needs: ['node'],
  scripts: ({ victim: { handle } }) => {
    const id = shWord(handle);
    return {
      apply: `remember ${id}\napi POST /containers/${id}/pause >/dev/null`,
      revert: `missing ${id} && exit 0
[ "$(container ${id} State.Paused)" != true ] || api POST /containers/${id}/unpause >/dev/null`,
      isOn: `[ "$(container ${id} State.Paused)" = true ]`,
    };
  },
};
