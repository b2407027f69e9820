/**
 * The dead man's switch: a process on the victim's side that brings a fault about and takes it back. It is there before
 * the fault is, and needs nobody: it takes the fault back when its time is over, when it is told to, and when whoever
 * has armed it has not been heard of for a while. Renewing is all that the controller does. Time is that of the kernel
 * since it was started: a clock that is set does not matter.
 *
 * Its folder holds what it is (`what`, JSON), what it does (`apply`, `revert`, `is-on`), how it stands (`state`: armed,
 * on, off, refused or stuck, and why), until when it may go on (`lease`), when it is to end, `lift`, and `outlives` where
 * the fault is over only when the folder has gone with all of `/run`: when its machine has been started anew.
 */
import { shWord } from '../../lib/sh-word.ts';
import type { FaultScripts } from '../faults/fault.ts';

/** Holds a folder for each fault. Empty at each start of the machine, as the faults are gone then. */
export const GUARD_FOLDER = '/run/coinroom-chaos';

export interface Order {
  readonly id: string;
  /** What is done to whom, for `status`: JSON of one line. */
  readonly what: string;
  readonly scripts: FaultScripts;
  /** At most so long, whoever renews. */
  readonly forMs: number;
  /** How long nobody needs to be heard of. */
  readonly leaseMs: number;
}

/**
 * What scripts of faults have at hand on any site: `now` is the time since the start of the kernel in hundredths of a
 * second; `hold SCRIPT ARG…` starts a process that takes something away by being there, which has the folder as its
 * first argument and dies with the guard; `held` names those that live, and `let_go` ends them.
 */
const WORDS = `
now() { read -r up rest </proc/uptime; echo "\${up%.*}\${up#*.}"; }
hold() {
  held_script="(while [ -d /proc/$(cat "$dir/pid") ]; do sleep 1; done; kill -KILL 0) & $1"
  shift
  setsid sh -c "$held_script" coinroom-chaos "$dir" "$@" >/dev/null 2>>"$dir/log" </dev/null &
  echo $! >>"$dir/held"
  # Until it is itself, it has the name of this one.
  while [ -d /proc/$! ] && ! is_held $!; do sleep 0.05; done
}
is_held() { tr '\\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF " coinroom-chaos $dir "; }
held() {
  [ -e "$dir/held" ] || return 0
  while read -r pid; do ! is_held "$pid" || echo "$pid"; done <"$dir/held" 2>/dev/null
}
let_go() { for pid in $(held); do kill -KILL -"$pid" || :; done; }
`;

/** How often it is looked at whether it is time. */
const LOOK_EVERY_S = 0.3;

/** A revert that fails is tried again. */
const TRIES = 5;

/** How long what has ended waits to be asked how. */
const STAYS_S = 15;

/**
 * For sh as root, with `$dir` as its folder and `$words` as a file of further words: writes the folder. Fails with 75
 * when somebody has it already.
 *
 * @param words what the scripts of faults have at hand on this kind of site
 */
export function prepareScript({ id, what, scripts, forMs, leaseMs }: Order, words: string): string {
  const files = { what, apply: scripts.apply, revert: scripts.revert, 'is-on': scripts.isOn, words: WORDS + words };
  return `
set -u
umask 077
mkdir -p ${GUARD_FOLDER}
dir=${folderOf(id)}
mkdir "$dir" 2>/dev/null || { echo "$dir is there already" >&2; exit 75; }
${Object.entries(files).map(([name, text]) => `printf '%s\\n' ${shWord(text)} >"$dir/${name}"`).join('\n')}
printf '%s\\n' ${shWord(GUARD)} >"$dir/guard"
echo armed >"$dir/state"
. "$dir/words"
echo "$(($(now) + ${hundredths(leaseMs)}))" >"$dir/lease"
echo ${hundredths(forMs)} >"$dir/for"
`;
}

/** `sh -c RUN - FOLDER NAME`: runs one of its scripts, up to the first command that fails. */
const RUN = 'set -eu; dir=$1; . "$dir/words"; . "$dir/$2"';

/** The process itself: `sh guard` in its folder. */
const GUARD = `
set -u
dir=\${0%/*}
. "$dir/words"
say() { printf '%s\\n' "$*" >"$dir/state.new" && mv "$dir/state.new" "$dir/state"; }
last() { tail -n 1 "$dir/log" 2>/dev/null; }
# A shell of its own: in one that is asked whether it succeeds, nobody minds what fails in the middle.
perform() { sh -c '${RUN}' - "$dir" "$1" >>"$dir/log" 2>&1 </dev/null; }
revert() {
  tries=0
  until perform revert; do
    tries=$((tries + 1))
    [ $tries -lt ${TRIES} ] || return 1
    sleep 1
  done
}
finish() {
  [ ! -e "$dir/outlives" ] || exit 0
  if revert; then say "$@"; else say "stuck $(last)"; exec sleep 864000; fi
  sleep $stays &
  wait $!
  rm -rf "$dir"
  exit 0
}
stays=${STAYS_S}
# Whoever ends all programs, as for a restart, is not kept waiting.
trap 'stays=0; finish off told to end' TERM INT HUP
echo $$ >"$dir/pid"
until=$(($(now) + $(cat "$dir/for")))
perform apply || finish "refused $(last)"
say on
while [ ! -e "$dir/lift" ]; do
  at=$(now)
  if [ "$at" -ge "$until" ] || [ "$at" -ge "$(cat "$dir/lease")" ]; then break; fi
  sleep ${LOOK_EVERY_S} &
  wait $!
done
finish off
`;

export function folderOf(id: string): string {
  return `${GUARD_FOLDER}/${id}`;
}

function hundredths(ms: number): number {
  return Math.ceil(ms / 10);
}

/** What a site runs in the folder of a guard that is there. */
export const GUARD_SCRIPTS = {
  renew: (id: string, leaseMs: number): string =>
    `dir=${folderOf(id)}; . "$dir/words" && echo "$(($(now) + ${
      hundredths(leaseMs)
    }))" >"$dir/lease.new" && mv "$dir/lease.new" "$dir/lease"`,
  lift: (id: string): string => `[ ! -d ${folderOf(id)} ] || : >${folderOf(id)}/lift`,
  what: (id: string): string => `cat ${folderOf(id)}/what 2>/dev/null || echo gone`,
  state: (id: string): string => `cat ${folderOf(id)}/state 2>/dev/null || echo gone`,
  isOn: (id: string): string => `sh -c '${RUN}' - ${folderOf(id)} is-on >/dev/null 2>&1`,
  /** Where there is no guard any more that would do it. */
  revert: (id: string): string => `sh -c '${RUN}' - ${folderOf(id)} revert >>${folderOf(id)}/log 2>&1`,
  /** A line for each guard: its id, a blank, its state. The next line is what it is. */
  list: `for dir in ${GUARD_FOLDER}/*/; do
  [ -f "$dir/state" ] || continue
  dir=\${dir%/}; echo "\${dir##*/} $(cat "$dir/state")"; cat "$dir/what"
done`,
} as const;

/** How a guard stands. */
export interface GuardState {
  /** `gone`: there is none, or no more. */
  readonly state: 'armed' | 'on' | 'off' | 'refused' | 'stuck' | 'gone';
  readonly why: string;
}

export function parseState(text: string): GuardState {
  const [, state, why] = /^(armed|on|off|refused|stuck|gone)\b ?(.*)/.exec(text.trim()) ?? [];
  if (state === undefined) throw new Error(`Cannot read how a guard stands: ${JSON.stringify(text)}`);
  return { state: state as GuardState['state'], why: why! };
}
