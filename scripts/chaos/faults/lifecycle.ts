/** Containers that die, stop, freeze, and are started again. */
import { shWord } from '../../lib/sh-word.ts';
import type { Fault, Strike } from './fault.ts';

/** Starts it where it does not run; not the task of a Swarm, which has sent another in its place. */
function startAgain({ victim: { handle, isReplaced } }: Strike): string {
  if (isReplaced) return '';
  const id = shWord(handle);
  return `[ "$(container ${id} State.Running)" = true ] || missing ${id} || api POST /containers/${id}/start >/dev/null`;
}

/** Whether it is another run of it, or none. */
const isNotAsBefore = ({ victim: { handle } }: Strike): string => `gone ${shWord(handle)}`;

export const kill: Fault = {
  name: 'kill',
  about: 'its process dies as in a crash (SIGKILL); who has no restart policy is started again when the time is over',
  on: ['container'],
  victims: 'one',
  takesAway: true,
  needs: ['node'],
  scripts: (strike) => {
    const id = shWord(strike.victim.handle);
    return {
      apply: `remember ${id}\nkill -KILL "$(container ${id} State.Pid)"`,
      revert: startAgain(strike),
      isOn: isNotAsBefore(strike),
    };
  },
};

export const stop: Fault = {
  name: 'stop',
  about: 'it is told to end, as by docker stop, and started again when the time is over',
  on: ['container'],
  victims: 'one',
  takesAway: true,
  needs: ['node'],
  scripts: (strike) => {
    const id = shWord(strike.victim.handle);
    return {
      apply: `remember ${id}\napi POST /containers/${id}/stop >/dev/null`,
      revert: startAgain(strike),
      isOn: isNotAsBefore(strike),
    };
  },
};

export const restart: Fault = {
  name: 'restart',
  about: 'it is told to end, and started again at once',
  on: ['container'],
  victims: 'one',
  takesAway: true,
  needs: ['node'],
  scripts: (strike) => {
    const id = shWord(strike.victim.handle);
    return {
      apply: `remember ${id}\napi POST /containers/${id}/restart >/dev/null`,
      revert: startAgain(strike),
      isOn: isNotAsBefore(strike),
    };
  },
};

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
