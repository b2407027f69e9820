/** What a kernel and its programs can do, found out by doing it in a network that nobody uses. */
import { ABILITIES, type Ability, type Facts } from '../faults/fault.ts';

export interface TrialOptions {
  /** Comes before the trials: what it says on stderr, with an exit code, is why nothing can be done there. */
  readonly before?: string;
  /** Makes of a command one that is run in a network in which nobody is. */
  readonly inside: (command: string) => string;
  /** What else this kind of site may have, with a command that ends with 0 where it has. */
  readonly more: Readonly<Partial<Record<Ability, string>>>;
}

/** For sh, as root: prints the kernel, then what works. */
export function trials({ before = '', inside, more }: TrialOptions): string {
  const trial = (word: string, command: string): string => `if ${command} >/dev/null 2>&1; then echo ${word}; fi`;
  return `
uname -r
${before}
${trial('iptables', inside('iptables -w -A INPUT -j ACCEPT'))}
# Where the kernel has no IPv6, nothing has to be done for it.
${trial('ip6tables', `[ ! -e /proc/sys/net/ipv6 ] || ${inside('ip6tables -w -A INPUT -j ACCEPT')}`)}
${trial('statistic', inside('iptables -w -A INPUT -m statistic --mode random --probability 0.5 -j ACCEPT'))}
${trial('netem', inside('tc qdisc add dev lo root netem delay 1ms'))}
${inside('tc qdisc del dev lo root')} >/dev/null 2>&1
${trial('tbf', inside('tc qdisc add dev lo root tbf rate 1mbit burst 32kbit latency 400ms'))}
${Object.entries(more).map(([word, command]) => trial(word, command)).join('\n')}
`;
}

/** What the trials have said. */
export function parseFacts(text: string): Facts {
  const [kernel = '', ...words] = text.trim().split(/\s+/);
  return { kernel, can: new Set(words.filter((word): word is Ability => ABILITIES.includes(word as Ability))) };
}
