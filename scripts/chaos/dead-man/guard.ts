/**
 * The dead man's switch: a process on the victim's side that brings a fault about and takes it back. It is there before
 * the fault is, and needs nobody: it takes the fault back when its time is over, when it is told to, and when whoever
 * has armed it has not been heard of for a while. Renewing is all that the controller does. Time is that of the kernel
 * since it was started: a clock that is set does not matter.
 *
 * Its folder holds what it is (`what`, JSON), what it does (`apply`, `revert`, `is-on`), how it stands (`state`: armed,
 * on, off, refused or stuck, and why), until when it may go on (`lease`), and, when it is to end, `lift`.
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

/** What scripts of faults have at hand on any site: seconds since the start of the kernel in hundredths. */
const WORDS = `
now() { read -r up rest </proc/uptime; echo "\${up%.*}\${up#*.}"; }
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

/** The process itself: `sh guard` in its folder. */
const GUARD = `
set -u
dir=\${0%/*}
. "$dir/words"
say() { printf '%s\\n' "$*" >"$dir/state.new" && mv "$dir/state.new" "$dir/state"; }
last() { tail -n 1 "$dir/log" 2>/dev/null; }
perform() { (set -eu; . "$dir/$1") >>"$dir/log" 2>&1 </dev/null; }
revert() {
  tries=0
  until perform revert; do
    tries=$((tries + 1))
    [ $tries -lt ${TRIES} ] || return 1
    sleep 1
  done
}
finish() {
  if revert; then say "$@"; else say "stuck $(last)"; exec sleep 864000; fi
  sleep ${STAYS_S}
  rm -rf "$dir"
  exit 0
}
trap 'finish off told to end' TERM INT HUP
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
  state: (id: string): string => `cat ${folderOf(id)}/state 2>/dev/null || echo gone`,
  isOn: (id: string): string => `dir=${folderOf(id)}; (set -eu; . "$dir/words"; . "$dir/is-on") >/dev/null 2>&1`,
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
