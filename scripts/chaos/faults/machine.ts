/** Faults of machines alone: their engine stops, their Swarm sends them nothing, they start anew. */
import { TASK_LABEL } from '../../lib/container-names.ts';
import { shWord } from '../../lib/sh-word.ts';
import type { Fault } from './fault.ts';

/** For how long the engine may come up or go down, s. */
const ENGINE_WITHIN_S = 30;

const ENGINE_WORDS = `
answers() { timeout 5 docker version >/dev/null 2>&1; }
until_it() { for try in $(seq ${ENGINE_WITHIN_S * 5}); do ! "$@" || return 0; sleep 0.2; done; return 1; }
is_silent() { ! answers; }
`;

/** Containers that had been running and are nobody else's task are started again: not all have a restart policy. */
export const docker: Fault = {
  name: 'docker',
  about: 'its Docker engine is stopped, with all containers, and started again with those that ran',
  on: ['machine'],
  victims: 'one',
  takesAway: true,
  needs: ['service'],
  scripts: () => ({
    apply: `${ENGINE_WORDS}
answers || { echo "no Docker engine answers there" >&2; exit 1; }
docker ps --no-trunc --format '{{.ID}} {{.Label "${TASK_LABEL}"}}' | sed -n 's/^\\([^ ]*\\) *$/\\1/p' >"$dir/ran"
! has_systemd || ! systemctl is-active --quiet docker.socket || : >"$dir/socket"
: >"$dir/begun"
if has_systemd; then
  # Whoever asks the engine by its socket would start it.
  [ ! -e "$dir/socket" ] || systemctl stop docker.socket
  systemctl stop docker.service
else service docker stop; fi
until_it is_silent || { echo "its engine does not stop" >&2; exit 1; }`,
    revert: `${ENGINE_WORDS}
[ -e "$dir/begun" ] || exit 0
umask 022
if answers; then :
elif has_systemd; then
  systemctl reset-failed docker.service || :
  [ ! -e "$dir/socket" ] || systemctl start docker.socket
  systemctl start docker.service
else service docker start; fi
until_it answers || { echo "its engine does not start" >&2; exit 1; }
while read -r id; do docker start "$id" >/dev/null || :; done <"$dir/ran"`,
    isOn: `${ENGINE_WORDS}\nis_silent`,
  }),
};

export const drain: Fault = {
  name: 'drain',
  about: 'its Swarm takes all tasks away from it, and may send it new ones when the time is over',
  on: ['machine'],
  victims: 'one',
  takesAway: true,
  needs: ['swarm'],
  wants: 'swarm node',
  at: 'manager',
  scripts: ({ victim: { swarm } }) => {
    const node = shWord(swarm?.node ?? '');
    const availability = `docker node inspect --format '{{.Spec.Availability}}' ${node}`;
    return {
      apply: `found=$(${availability})
[ "$found" != drain ] || { echo "it is drained already" >&2; exit 1; }
echo "$found" >"$dir/availability"
docker node update --availability drain ${node} >/dev/null`,
      revert: `[ -s "$dir/availability" ] || exit 0
found=$(${availability} 2>&1) || case "$found" in *"not found"*) exit 0 ;; *) echo "$found" >&2; exit 1 ;; esac
[ "$found" != drain ] || docker node update --availability "$(cat "$dir/availability")" ${node} >/dev/null`,
      isOn: `[ "$(${availability})" = drain ]`,
    };
  },
};

export const reboot: Fault = {
  name: 'reboot',
  about: 'it is started anew, and comes back by itself; its containers do where their restart policy says so',
  on: ['machine'],
  victims: 'one',
  takesAway: true,
  needs: ['processes'],
  endsGuard: true,
  scripts: ({ victim: { handle } }) => ({
    // Whoever has armed it hears so before the way there is lost. A machine that is going down still answers for a while,
    // and ends the guard early: that is not the end of the fault.
    apply: `remember ${shWord(handle)}
sleep 1
: >"$dir/outlives"
if has_systemd; then systemctl reboot; else reboot; fi || { rm "$dir/outlives"; exit 1; }`,
    revert: '',
    isOn: `gone ${shWord(handle)}`,
  }),
};
