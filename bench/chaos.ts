/**
 * What a fault of a container costs the mining, and how soon it is felt and overcome: ours as its compose.yml has it, in
 * turns with another application of DockerCoins' kind that suffers the same. Seen from outside, by their pages.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../testkit/eventually.ts';
import type { Scope } from '../testkit/machine.ts';
import { type BenchOptions, inTurns, median } from './lib/figure.ts';
import { HARMS } from './lib/harm.ts';
import { type Miner, startOurs, startTheirs } from './lib/miners.ts';
import { measureOutage, type MinerWatch, type Outage, seconds, watchMiner } from './lib/outage.ts';

interface Case {
  readonly name: string;
  readonly service: string;
  readonly of: number;
}

const CASES: readonly Case[] = [
  { name: 'the only rng', service: 'rng', of: 1 },
  { name: 'one of two rngs', service: 'rng', of: 2 },
  { name: 'the only hasher', service: 'hasher', of: 1 },
  { name: 'the worker', service: 'worker', of: 1 },
  { name: 'redis', service: 'redis', of: 1 },
];

/** In a hurry: what differs most. */
const QUICK_CASES = 2;
const QUICK_HARMS = ['kill', 'isolate'];

/** For the speed when all is well. */
const LOOK_FOR_MS = 20_000;

interface Sufferer {
  readonly miner: Miner;
  readonly watch: MinerWatch;
  /** When all is well, hashes a second. */
  readonly speed: number;
}

type Report = BenchOptions['report'];

export async function benchChaos({ scope, isQuick, peer, report, say }: BenchOptions): Promise<void> {
  const rounds = isQuick ? 1 : 3;
  say(peer === undefined ? 'ours alone: --peer PATH says where another application is …' : 'both are started …');
  const ours = await look(scope, await startOurs(scope));
  const theirs = peer === undefined ? undefined : await look(scope, await startTheirs(scope, peer));
  report({ name: 'when all is well', unit: 'hashes/s', value: ours.speed });
  if (theirs) report({ name: 'the peer, when all is well', unit: 'hashes/s', value: theirs.speed });
  const all = theirs ? [ours, theirs] : [ours];
  for (const one of isQuick ? CASES.slice(0, QUICK_CASES) : CASES) {
    for (const { miner } of all) await miner.scale(one.service, one.of);
    for (const harm of isQuick ? HARMS.filter(({ name }) => QUICK_HARMS.includes(name)) : HARMS) {
      say(`${harm.name} of ${one.name}, ${rounds} times …`);
      const suffer = ({ miner, watch, speed }: Sufferer) => async (): Promise<Outage> => {
        const [victim] = await miner.containers(one.service);
        return await measureOutage(watch, { harm, victim: victim!, speed, mend: miner.mend });
      };
      const outages: Outages = await inTurns({
        ours: suffer(ours),
        ...(theirs ? { theirs: suffer(theirs) } : {}),
      }, rounds);
      reportOutages(`${harm.name} of ${one.name}`, outages, report);
    }
    for (const { miner } of all) await miner.scale(one.service, 1);
  }
}

async function look(scope: Scope, miner: Miner): Promise<Sufferer> {
  const watch = watchMiner(miner);
  scope.after(watch.stop);
  await eventually(() => watch.growth().length > 2, { what: 'hashes', withinMs: 60_000, everyMs: 200 });
  const from = seconds();
  await sleep(LOOK_FOR_MS);
  return { miner, watch, speed: watch.speedSince(from) };
}

interface Outages {
  readonly ours: readonly Outage[];
  readonly theirs?: readonly Outage[];
}

/** In the order of a story; what was not felt by most is 0. */
const FIGURES: Readonly<Record<keyof Outage, readonly [words: string, unit: string]>> = {
  felt: ['felt after', 's'],
  back: ['the next hash after its end', 's'],
  recovered: ['as fast as before after its end', 's'],
  missing: ['mining that is missing', 's'],
  gone: ['stored before, and gone', 'hashes'],
};

function reportOutages(name: string, { ours, theirs }: Outages, report: Report): void {
  for (const figure of Object.keys(FIGURES) as (keyof Outage)[]) {
    const [words, unit] = FIGURES[figure];
    const of = (list: readonly Outage[]): number[] => list.map((one) => one[figure]);
    const value = median(of(ours));
    const other = theirs ? median(of(theirs)) : 0;
    // Counters are a second old: beside nothing, or a part of a second, no ratio says anything.
    const ratio = Math.min(value, other) >= 1 ? { ratio: { 'the peer': value / other } } : {};
    report({ name: `${name}, ${words}`, unit, value, ...ratio });
    if (theirs) report({ name: `${name}, ${words}: the peer`, unit, value: other });
  }
}
