/**
 * Faults of a network, in the network namespace of the victim: rules in a chain of our own, a queueing discipline with a
 * handle of our own. What is not ours is not touched, and where somebody else has a discipline, ours is refused.
 */
import { shWord } from '../../lib/sh-word.ts';
import type { Target } from '../targets/target.ts';
import type { FaultScripts } from './fault.ts';

/** For sh in the victim's network, as `in_net HANDLE sh -c … - CHAIN`; iptables takes names of at most 28 characters. */
const CHAIN = '"COINROOM-${dir##*/}"';

/** `c0c0:` in what tc says. */
const HANDLE = 'c0c0:';

export interface FilterOptions {
  /** Ports of this machine that stay open: the way of the controller. */
  readonly spare?: readonly number[];
  /** What happens to a packet that is not spared: the part of a rule after `-A CHAIN`. One line each. */
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** Undefined: both. */
  readonly family?: 4 | 6;
  readonly rule: string;
}

/** Rules for what comes, goes and is handed on. */
export function filter({ handle }: Target, { spare = [], rules }: FilterOptions): FaultScripts {
  const add = ({ family, rule }: Rule): string => {
    const only = family === undefined ? '' : `[ $ipt = ${family === 4 ? 'ip6tables' : 'iptables'} ] || `;
    return `${only}$ipt -w -A "$1" ${rule}`;
  };
  const apply = `set -e
${EACH_FAMILY}
  $ipt -w -N "$1"
  $ipt -w -A "$1" -i lo -j RETURN
  $ipt -w -A "$1" -o lo -j RETURN
  ${
    spare.map((port) => `for side in --dport --sport; do $ipt -w -A "$1" -p tcp $side ${port} -j RETURN; done`).join(
      '\n  ',
    )
  }
  ${
    spare.length === 0
      ? ''
      : `for type in ${NEIGHBOURS}; do [ $ipt = iptables ] || $ipt -w -A "$1" -p icmpv6 --icmpv6-type $type -j RETURN; done`
  }
  ${rules.map(add).join('\n  ')}
  for hook in INPUT OUTPUT FORWARD; do $ipt -w -I $hook -j "$1"; done
done`;
  const revert = `${EACH_FAMILY}
  ${REMOVE_CHAIN}
  if $ipt -w -S "$1" >/dev/null 2>&1; then echo "its chain $1 of $ipt stays" >&2; exit 1; fi
done
exit 0`;
  const isOn = `[ "$(iptables -w -S OUTPUT | grep -c -- "-j $1\\$")" = 1 ] || exit 1
{ iptables -w -S "$1"; ip6tables -w -S "$1"; } 2>/dev/null | grep -q -- "-j DROP"`;
  return inVictim(handle, { apply, revert, isOn });
}

/**
 * Solicitation and advertisement of routers and neighbours: without these an IPv6 neighbour is not found again (RFC 4890
 * §4.4.1), and a way that is spared is none.
 */
const NEIGHBOURS = '133 134 135 136';

const REMOVE_CHAIN = `for hook in INPUT OUTPUT FORWARD; do while $ipt -w -D $hook -j "$1" 2>/dev/null; do :; done; done
  $ipt -w -F "$1" 2>/dev/null && $ipt -w -X "$1"`;

/** Where the kernel has no IPv6, nothing has to be done for it. */
const EACH_FAMILY = `for ipt in iptables ip6tables; do
  [ $ipt = iptables ] || [ -e /proc/sys/net/ipv6 ] || continue`;

/**
 * A queueing discipline on each of its interfaces but the loopback: how what it sends is sent. Not on the bridges of a
 * machine and what is in them: what leaves it goes through another one.
 */
export function shape({ handle }: Target, discipline: string): FaultScripts {
  const devices = `devices() {
  bridges=" $(names "$(ip -o link show type bridge)") "
  for dev in $(names "$(ip -o link show up | grep -v ' master ')"); do
    case "$bridges" in *" $dev "*) ;; *) [ "$dev" = lo ] || echo "$dev" ;; esac
  done
}
names() { printf '%s\\n' "$1" | sed -n 's/^[0-9]*: \\([^:@]*\\).*/\\1/p' | tr '\\n' ' '; }`;
  const check = `${devices}
[ -n "$(devices)" ] || { echo "it has no interface of its own" >&2; exit 1; }
for dev in $(devices); do
  if tc qdisc show dev $dev | grep ' root' | grep -qv ' 0: root'; then
    echo "$dev has a queueing discipline of somebody else: $(tc qdisc show dev $dev | head -n 1)" >&2; exit 1
  fi
done`;
  const apply = `${devices}\nfor dev in $(devices); do tc qdisc add dev $dev root handle ${HANDLE} ${discipline}; done`;
  const revert = `for dev in $(${OUR_DEVICES}); do tc qdisc del dev $dev root handle ${HANDLE}; done`;
  const isOn = `[ -n "$(${OUR_DEVICES})" ]`;
  return inVictim(handle, { check, apply: `set -e\n${apply}`, revert: `set -e\n${revert}`, isOn });
}

/** Interfaces with a discipline of ours. */
const OUR_DEVICES = `tc qdisc show | sed -n 's/^qdisc [^ ]* ${HANDLE} dev \\([^ ]*\\) root.*/\\1/p'`;

/**
 * For sh in some network: removes what is ours there and has no guard any more, since somebody has removed that by force,
 * and tells of it. `$1` holds the ids of guards that are there, each between blanks; while there is any, disciplines stay.
 */
export const SWEEP = `keep=$1
for ipt in iptables ip6tables; do
  for chain in $($ipt -w -S 2>/dev/null | sed -n 's/^-N \\(COINROOM-.*\\)$/\\1/p'); do
    case "$keep" in *" \${chain#COINROOM-} "*) continue ;; esac
    set -- "$chain"
    ${REMOVE_CHAIN} && echo "the chain $chain of $ipt"
  done
done
[ -z "$(echo $keep)" ] || exit 0
for dev in $(${OUR_DEVICES}); do tc qdisc del dev $dev root handle ${HANDLE} && echo "the discipline of $dev"; done
exit 0`;

interface NetworkScripts extends FaultScripts {
  /** Comes before `apply`. Where it fails, nothing has to be taken back. */
  readonly check?: string;
}

/** The victim of a network that has gone with it needs nothing taken back: another start has another network. */
function inVictim(handle: string, { check = '', apply, revert, isOn }: NetworkScripts): FaultScripts {
  const victim = shWord(handle);
  const inside = (script: string): string => `in_net ${victim} sh -c ${shWord(script)} - ${CHAIN}`;
  return {
    apply: `${check === '' ? '' : inside(check)}\nremember ${victim}\n: >"$dir/begun"\n${inside(apply)}`,
    revert: `[ -e "$dir/begun" ] || exit 0\ngone ${victim} && exit 0\n${inside(revert)}`,
    isOn: inside(isOn),
  };
}
