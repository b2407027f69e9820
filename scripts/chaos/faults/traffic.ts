/** Slow networks. */
import type { Fault } from './fault.ts';
import { shape } from './network.ts';

/** More than the longest packet: one that is longer than this is never sent (tc-tbf(8)). */
const BURST = '16kb';

export const delay: Fault = {
  name: 'delay',
  about: 'each packet that it sends is late (--delay 300ms), by netem',
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: false,
  needs: ['netem'],
  scripts: ({ victim, settings }) => shape(victim, `netem delay ${settings.delayMs}ms`),
};

export const rate: Fault = {
  name: 'rate',
  about: 'it sends no more than so much (--rate 256kbit), by tbf',
  on: ['container', 'machine'],
  victims: 'one',
  takesAway: false,
  needs: ['tbf'],
  scripts: ({ victim, settings }) => shape(victim, `tbf rate ${settings.rateKbit}kbit burst ${BURST} latency 400ms`),
};
