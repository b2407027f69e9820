/**
 * A game: one fault is drawn, sealed, and brought about; the class finds out from the dashboard what it is. What is in
 * the seal cannot be changed afterwards without its hash being another. Nobody has to stay: the fault ends by itself.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { print, UsageError, verb } from '../lib/command-line.ts';
import { parseTime } from '../lib/parse-time.ts';
import { lift } from './dead-man/site.ts';
import { CHAOS_EXIT } from './exit.ts';
import { faultNamed } from './faults/all.ts';
import { siteFor } from './faults/fault.ts';
import { placeFlags, planFlags } from './flags.ts';
import { CHAOS_FOLDER } from './journal.ts';
import { openSites } from './place.ts';
import type { PlannedFault } from './plan/plan.ts';
import { prepare, type Prepared, sitesOfTargets } from './prepare.ts';
import { bringAbout, takeBack } from './run/bring-about.ts';
import { idOf } from './run/guard-what.ts';
import { giveBackLock, takeLock } from './run/lock.ts';

/** What is sealed. Its salt keeps anybody from trying all faults until the hash fits. */
interface Seal {
  readonly salt: string;
  readonly id: string;
  /** Absent for machines. */
  readonly project: string | undefined;
  readonly fault: string;
  readonly victims: readonly { readonly name: string; readonly site: string }[];
  readonly about: string;
  /** ISO 8601. */
  readonly at: string;
  readonly forMs: number;
}

const gameFlags = { ...planFlags, lasting: { type: 'string', default: '5m' } } as const;

export const gameVerb = verb(gameFlags, async ({ values, positionals, signal }) => {
  const forMs = parseTime('--lasting', values.lasting);
  const drawn = { ...values, for: '24h', every: '1s', most: '1' };
  const prepared = await prepare(drawn, positionals, signal);
  try {
    const [planned] = prepared.plan;
    if (!planned) throw new UsageError('There is nobody whom a fault could befall: ./scripts/chaos.mjs plan says why');
    const { id, file, sha256 } = await seal(planned, { prepared, forMs, signal });
    const until = new Date(Date.now() + forMs).toTimeString().slice(0, 5);
    print(
      values,
      { id, sha256, file, forMs },
      [
        `Something is wrong now, and will be until ${until}. What?`,
        `Sealed: sha256 ${sha256}`,
        `The answer: ./scripts/chaos.mjs reveal ${file}`,
      ].join('\n'),
    );
    return CHAOS_EXIT.held;
  } finally {
    await prepared.place.close();
  }
});

interface SealOptions {
  readonly prepared: Prepared;
  readonly forMs: number;
  readonly signal: AbortSignal;
}

/** Brings it about, and has it written down before. @throws Error when it cannot be brought about */
async function seal(
  planned: PlannedFault,
  { prepared, forMs, signal }: SealOptions,
): Promise<{ readonly id: string; readonly file: string; readonly sha256: string }> {
  const { place: { project }, targets } = prepared;
  const victims = planned.victims.map((name) => targets.find((target) => target.name === name)!);
  const fault = faultNamed(planned.fault);
  const id = randomBytes(3).toString('hex');
  // Nobody stays to renew it, but who comes later has to see that somebody is at work.
  const lock = await takeLock(sitesOfTargets(prepared), { run: id, project, signal });
  try {
    const written = writeSeal({
      ...{ salt: randomBytes(16).toString('hex'), id, project, fault: fault.name, about: fault.about },
      victims: victims.map((victim) => ({ name: victim.name, site: siteFor(fault, victim) })),
      ...{ at: new Date().toISOString(), forMs },
    });
    const { armed, refusal } = await bringAbout({
      ...{ run: id, project, number: 1, forMs, leaseMs: forMs, fault, victims },
      ...{ settings: prepared.settings, sites: prepared.sites, facts: prepared.facts, signal },
      others: targets.filter((target) => !victims.includes(target)),
      // Whoever asks for the status is not told either.
      open: false,
    });
    if (refusal !== undefined) {
      await takeBack(armed);
      throw new Error(`It could not be brought about: ${refusal}`);
    }
    await lock.leave(forMs);
    return { id, ...written };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function writeSeal(seal: Seal): { readonly file: string; readonly sha256: string } {
  mkdirSync(CHAOS_FOLDER, { recursive: true, mode: 0o700 });
  const file = join(CHAOS_FOLDER, `${seal.id}.sealed`);
  const text = JSON.stringify(seal);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  return { file, sha256: hashOf(text) };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export const revealVerb = verb(placeFlags, async ({ values, positionals, signal }) => {
  const [file = newest(), ...rest] = positionals;
  if (rest.length > 0) throw new UsageError(`reveal takes one file; got ${JSON.stringify(rest[0])}`);
  const text = readSeal(file);
  const sha256 = hashOf(text);
  const seal = JSON.parse(text) as Seal;
  const { sites, close } = await openSites(values, []);
  const ends = await Promise.all(seal.victims.map(async ({ site: name }, at) => {
    const site = sites.find((one) => one.name === name);
    if (!site) {
      throw new UsageError(`The fault is at ${name}, which is not among these: say --engine or --on as before`);
    }
    return (await lift(site, idOf(seal.id, 1, at), { signal })).state;
  }));
  await giveBackLock(sites, { run: seal.id, project: seal.project });
  await close();
  const names = seal.victims.map(({ name }) => name).join(', ');
  const isStuck = ends.includes('stuck');
  print(
    values,
    { ...seal, sha256, ends },
    [
      `${seal.fault} of ${names}: ${seal.about}`,
      `Since ${seal.at}; sealed: sha256 ${sha256}`,
      isStuck ? 'It could NOT be taken back: chaos.mjs status' : 'It is over',
    ].join('\n'),
  );
  return isStuck ? CHAOS_EXIT['revert failed'] : CHAOS_EXIT.held;
});

/** @throws UsageError where no game has been played */
function newest(): string {
  const names = existsSync(CHAOS_FOLDER) ? readdirSync(CHAOS_FOLDER) : [];
  const seals = names.filter((name) => name.endsWith('.sealed')).map((name) => join(CHAOS_FOLDER, name));
  const [latest] = seals.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (latest === undefined) {
    throw new UsageError('There is no sealed fault in this folder: ./scripts/chaos.mjs game makes one');
  }
  return latest;
}

/** @throws UsageError for what is no seal */
function readSeal(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    if (!Array.isArray((JSON.parse(text) as Partial<Seal>).victims)) throw new TypeError('it names no victims');
    return text;
  } catch (error) {
    throw new UsageError(`Cannot reveal ${file}: ${(error as Error).message}`, { cause: error });
  }
}
