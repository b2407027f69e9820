import type { Target } from '../targets/target.ts';
import type { Fault } from './fault.ts';
import { filter } from './network.ts';

/** Stays open on machines: whoever would mend one comes that way. */
const SSH_PORT = 22;

export const isolate: Fault = {
  name: 'isolate',
  about: 'nobody reaches it, nor its containers, and they reach nobody: IPv4 and IPv6, but for ssh to a machine',
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: true,
  needs: ['iptables', 'ip6tables'],
  scripts: ({ victim }) => filter(victim, { spare: sparedOn(victim), rules: [{ rule: '-j DROP' }] }),
};

export const partition: Fault = {
  name: 'partition',
  about: 'some of the targets (--max) and all others do not reach each other any more; both reach everybody else',
  on: ['container', 'machine'],
  victims: 'group',
  takesAway: true,
  needs: ['iptables', 'ip6tables'],
  scripts: ({ victim, others }) =>
    filter(victim, {
      spare: sparedOn(victim),
      rules: others.flatMap(({ addresses }) => addresses).flatMap((address) => {
        const family = address.includes(':') ? 6 : 4;
        return [{ family, rule: `-s ${address} -j DROP` }, { family, rule: `-d ${address} -j DROP` }] as const;
      }),
    }),
};

export const loss: Fault = {
  name: 'loss',
  about: 'so many of the packets that come and go are lost (--loss 30%)',
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: false,
  needs: ['iptables', 'ip6tables', 'statistic'],
  scripts: ({ victim, settings }) =>
    filter(victim, {
      spare: sparedOn(victim),
      rules: [{ rule: `-m statistic --mode random --probability ${settings.loss} -j DROP` }],
    }),
};

function sparedOn({ kind, sshPort = SSH_PORT }: Target): number[] {
  return kind === 'machine' ? [sshPort] : [];
}
