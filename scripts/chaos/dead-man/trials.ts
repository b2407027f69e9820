/** What a kernel and its programs can do, found out by doing it in a network that nobody uses. */

/**
 * For sh, as root: prints the kernel, then what works.
 *
 * @param inside makes of a command one that is run in a network in which nobody is
 */
export function TRIALS(inside: (command: string) => string): string {
  const trial = (word: string, command: string): string => `if ${command} >/dev/null 2>&1; then echo ${word}; fi`;
  return `
uname -r
command -v nsenter >/dev/null || { echo "its image has no nsenter" >&2; exit 1; }
host=$(host_of_programs) || host=
${trial('iptables', inside('iptables -w -A INPUT -j ACCEPT'))}
${trial('ip6tables', inside('ip6tables -w -A INPUT -j ACCEPT'))}
${trial('statistic', inside('iptables -w -A INPUT -m statistic --mode random --probability 0.5 -j ACCEPT'))}
${trial('netem', inside('tc qdisc add dev lo root netem delay 1ms'))}
${inside('tc qdisc del dev lo root')} >/dev/null 2>&1
${trial('tbf', inside('tc qdisc add dev lo root tbf rate 1mbit burst 32kbit latency 400ms'))}
${trial('node', 'command -v node')}
${trial('service', inside('command -v systemctl || command -v service'))}
`;
}
