/**
 * Waits until a name is seen: by the zone, then by a resolver. Never the other way round: a resolver that asks too early
 * keeps the answer that there is none for as long as the zone's SOA tells it to.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { dig } from './dig.ts';
import { addressesAmong, type AddressRecord, isSame, recordsInWords, TYPES } from './records.ts';
import type { Server } from './server.ts';
import type { Zone } from './zone.ts';

export interface AwaitOptions {
  readonly zone: Zone;
  /** Undefined: whom this machine asks. */
  readonly resolver: Server | undefined;
  readonly withinMs: number;
  readonly signal: AbortSignal;
  readonly onWaiting: (text: string) => void;
}

interface Sight {
  readonly records: readonly AddressRecord[];
  /** What it says of the name, after its own name. */
  readonly says: string;
}

interface Place {
  readonly who: string;
  readonly look: () => Promise<Sight>;
}

const EVERY_MS = 1000;

/** Gives, when it was not seen in time, why. */
export async function awaitSeen(
  name: string,
  wanted: readonly AddressRecord[],
  { zone, resolver, withinMs, signal, onWaiting }: AwaitOptions,
): Promise<string | undefined> {
  const deadline = performance.now() + withinMs;
  const places: Place[] = [
    { who: zone.keeper, look: () => lookIntoZone(zone, name, signal) },
    { who: resolverInWords(resolver), look: () => lookThrough(resolver, { name, wanted, signal }) },
  ];
  const has: string[] = [];
  for (const { who, look } of places) {
    for (;;) {
      const { records, says } = await look().catch(({ message }: Error): Sight => {
        signal.throwIfAborted();
        return { records: [], says: `does not tell (${message})` };
      });
      if (isSame(records, wanted)) break;
      const seen = [...has, `${who} ${says}`].join(', but ');
      if (performance.now() >= deadline) {
        return `Waited ${withinMs / 1000} s in vain for ${name} to be ${recordsInWords(wanted)}: ${seen}`;
      }
      onWaiting(`Waiting for ${name}: ${seen}`);
      await sleep(EVERY_MS, undefined, { signal });
    }
    has.push(`${who} has it`);
  }
  return undefined;
}

async function lookIntoZone(zone: Zone, name: string, signal: AbortSignal): Promise<Sight> {
  const { records } = await zone.read(name, signal);
  return { records, says: `has ${recordsInWords(records)}` };
}

interface LookOptions {
  readonly name: string;
  readonly wanted: readonly AddressRecord[];
  readonly signal: AbortSignal;
}

async function lookThrough(server: Server | undefined, { name, wanted, signal }: LookOptions): Promise<Sight> {
  const answers = await Promise.all(TYPES.map(async (type) => {
    const answer = await dig({ server, name, type, isRecursive: true }, signal);
    return { type, ...answer, records: addressesAmong(answer.records) };
  }));
  const records = answers.flatMap((answer) => answer.records);
  const failed = answers.find(({ status }) => status !== 'NOERROR' && status !== 'NXDOMAIN');
  if (failed) return { records, says: `answers ${failed.status}` };
  const wrong = answers.filter(({ type, records }) => !isSame(records, wanted.filter((one) => one.type === type)));
  const keptFor = Math.max(...wrong.map(({ records, noneFor = 0 }) => records[0]?.ttl ?? noneFor));
  const often = keptFor > 0 ? `, and may keep that for ${keptFor} s more` : '';
  return { records, says: `${records.length === 0 ? 'knows' : 'says'} ${recordsInWords(records)}${often}` };
}

export function resolverInWords(server: Server | undefined): string {
  return server === undefined ? 'the resolver of this machine' : `the resolver ${server.text}`;
}
