/**
 * A machine of a room, over ssh: the guard is a process of its own there, which no session has to be there for. It is
 * root's: the login is root, or may become it without a password.
 */
import type { Connections } from '../../lib/fan-out/connections.ts';
import { fanOut, type Result } from '../../lib/fan-out/fan-out.ts';
import { withSudo } from '../../lib/room/logins.ts';
import type { Machine } from '../../lib/room/room.ts';
import { shWord } from '../../lib/sh-word.ts';
import { SWEEP } from '../faults/network.ts';
import { folderOf, GUARD_FOLDER, GUARD_SCRIPTS, type Order, prepareScript } from './guard.ts';
import { parseList, type Site, stateOf, TakenError, UnreachableError } from './site.ts';
import { parseFacts, trials } from './trials.ts';

/**
 * `has_systemd`: that is what starts and stops its services. `boot` is another text after each start of the machine; in a
 * container that plays one, its first process tells.
 */
const BOOT = `
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
has_systemd() { [ -d /run/systemd/system ]; }
boot() { echo "$(cat /proc/sys/kernel/random/boot_id) $(sed 's/.*) //' /proc/1/stat | cut -d ' ' -f 20)"; }
`;

/** What scripts have at hand on a machine; whom they are about is always the machine itself. */
const MACHINE_WORDS = `${BOOT}
in_net() { shift; "$@"; }
root_of() { :; }
remember() { boot >"$dir/started"; }
missing() { return 1; }
gone() { [ "$(boot)" != "$(cat "$dir/started" 2>/dev/null)" ]; }
`;

/**
 * `tend ID` before a guard is asked: what an earlier start of the machine has left is removed, and where somebody has
 * killed the guard, its fault is taken back here and now.
 */
const TEND = `${BOOT}
tend() {
  dir=${GUARD_FOLDER}/$1
  [ -e "$dir/boot" ] || return 0
  [ "$(boot)" = "$(cat "$dir/boot")" ] || { rm -rf "$dir"; return 0; }
  case "$(cat "$dir/state")" in armed*|on*) ;; *) return 0 ;; esac
  [ ! -e "$dir/outlives" ] || return 0
  if [ ! -s "$dir/pid" ] || is_guard "$(cat "$dir/pid")"; then return 0; fi
  if ${GUARD_SCRIPTS.revert('$1')}; then echo "off its guard has died"
  else echo "stuck its guard has died: $(tail -n 1 "$dir/log")"; fi >"$dir/state.new"
  mv "$dir/state.new" "$dir/state"
}
is_guard() { tr '\\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF "$dir/guard "; }
`;

/** Of the unit of systemd; its guard has the rest of the name. */
const UNIT = 'coinroom-chaos-';

/**
 * The guard has nothing to do with the session that starts it. Ended by systemd, it takes its fault back itself, and
 * what it still holds then goes with it.
 */
const START = (id: string): string => `
if has_systemd && command -v systemd-run >/dev/null; then
  systemd-run --quiet --collect --unit ${UNIT}${id} --property KillMode=mixed --property OOMScoreAdjust=-900 \\
    /bin/sh "$dir/guard" || { rm -rf "$dir"; exit 1; }
else
  setsid sh "$dir/guard" </dev/null >/dev/null 2>&1 &
fi
`;

/** Whatever somebody has left there: it is nobody's but root's. */
const PREPARE_FOLDER = `
umask 077
mkdir -p ${GUARD_FOLDER} && chmod 700 ${GUARD_FOLDER} || exit 1
if [ -L ${GUARD_FOLDER} ] || [ "$(stat -c %u ${GUARD_FOLDER})" != 0 ]; then
  echo "${GUARD_FOLDER} is not root's alone" >&2; exit 1
fi
`;

/** For sh, as root: what parseFacts reads. */
export const MACHINE_TRIALS = trials({
  before: BOOT,
  inside: (command) => `unshare -n ${command}`,
  more: {
    service: '{ has_systemd && systemctl cat docker.service; } || { command -v service && [ -x /etc/init.d/docker ]; }',
    swarm: `[ "$(timeout 5 docker info --format '{{.Swarm.ControlAvailable}}')" = true ]`,
    processes: 'command -v setsid && command -v tail',
  },
});

/** The exit code of a guard that is there already: see prepareScript. */
const TAKEN = 75;

/** Where a script begins at all, sudo may first have to find that a cut-off machine has no name server. */
const WITHIN_MS = 30_000;

const ARM_WITHIN_MS = 60_000;

export interface MachineSiteOptions {
  readonly machine: Pick<Machine, 'name' | 'host'>;
  /** Shared with others; whoever has made them closes them. */
  readonly connections: Connections;
}

export function machineSite({ machine, connections }: MachineSiteOptions): Site {
  const { name } = machine;
  const asRoot = async (script: string, { withinMs = WITHIN_MS, tries = 1, signal = NEVER }: SayOptions = {}) => {
    const [result] = await fanOut([machine], {
      ...{ connections, withinMs, tries, signal },
      script: () => rootScript(script),
    });
    signal.throwIfAborted();
    return result!;
  };
  const said = async (what: string, script: string, options?: SayOptions): Promise<string> => {
    const result = await asRoot(script, options);
    if (result.end === 'done') return result.stdout.text();
    const why = `${what} ${name}: ${result.detail}`;
    throw wasAnswered(result) ? new Error(why) : new UnreachableError(why);
  };
  const beside: Site['beside'] = (id, script, options) =>
    said(`The guard ${id} does not answer on`, besideScript(id, script), options);
  return {
    name,
    facts: async (signal) => parseFacts(await said('Nothing can be broken on', MACHINE_TRIALS, { signal, tries: 3 })),
    arm: async (order, signal) => {
      const result = await asRoot(armScript(order), { signal, tries: 3, withinMs: ARM_WITHIN_MS });
      if (result.end === 'done') return;
      if (result.code === TAKEN) throw new TakenError(`${order.id} is there already`);
      const why = `Cannot start a guard on ${name}: ${result.detail}`;
      if (wasAnswered(result)) throw new Error(why);
      // Only the session is known to be lost.
      const isThere = (result.end === 'lost' || result.end === 'timed out') &&
        await stateOf({ name, beside } as Site, order.id, { signal }).then(
          ({ state }) => state !== 'gone',
          () => false,
        );
      if (!isThere) throw new UnreachableError(why);
    },
    beside,
    list: async (signal) => parseList(await said('Cannot list the guards on', LIST, signal ? { signal } : {})),
    remove: async (id) => void await asRoot(removeScript(id)),
    sweep: async (keep, signal) => {
      const script = `sh -c ${shWord(SWEEP)} - ${shWord(` ${keep.join(' ')} `)}`;
      const text = await said('Cannot look for what is left on', script, signal ? { signal } : {});
      return text.split('\n').filter((line) => line !== '');
    },
  };
}

interface SayOptions {
  readonly withinMs?: number;
  readonly tries?: number;
  readonly signal?: AbortSignal;
}

const NEVER = new AbortController().signal;

/** Whether it was the script itself that failed. */
function wasAnswered({ end }: Result): boolean {
  return end === 'failed';
}

/** It reads nothing of itself as its input. */
export function rootScript(script: string): string {
  return withSudo(`(\n${script}\n) </dev/null`);
}

function armScript(order: Order): string {
  return `${PREPARE_FOLDER}${prepareScript(order, MACHINE_WORDS)}boot >"$dir/boot"${START(order.id)}`;
}

function besideScript(id: string, script: string): string {
  return `${TEND}
tend ${id}
[ -d ${folderOf(id)} ] || { echo gone; exit 0; }
${script}`;
}

const LIST = `${TEND}
for folder in ${GUARD_FOLDER}/*/; do folder=\${folder%/}; tend "\${folder##*/}"; done
${GUARD_SCRIPTS.list}`;

/** Not of one that is on: it would not be taken back any more. */
function removeScript(id: string): string {
  return `${TEND}
tend ${id}
dir=${folderOf(id)}
case "$(cat "$dir/state" 2>/dev/null)" in ''|armed*|on*) exit 0 ;; esac
pid=$(cat "$dir/pid")
! is_guard "$pid" || kill -KILL "$pid"
rm -rf "$dir"`;
}
