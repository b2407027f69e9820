/**
 * The proof that nothing was lost and nothing invented, which can be asked for at any time, while workers mine on:
 * every key is the sha256 of its value and begins with a zero; the coins and duplicates are what the workers had
 * recorded; since an earlier audit nothing has become less.
 */
import { hash as sha256 } from 'node:crypto';
import type { Ledger, Store, WalletEntry } from './store.ts';

export interface AuditOptions {
  /** Coins that no worker of ours recorded (a DockerCoins worker writes its coins itself) are an error. */
  readonly strict?: boolean;
  /** The ledger of an earlier audit. */
  readonly since?: EarlierLedger;
  /** Told how many entries have been verified, now and then. */
  readonly onProgress?: (verified: number) => void;
}

/** As a file may have it: the first audits told of no single workers. */
export type EarlierLedger = Omit<Ledger, 'workers'> & Partial<Pick<Ledger, 'workers'>>;

export interface AuditReport {
  readonly ok: boolean;
  /** Entries of the wallet that were hashed again. */
  readonly verified: number;
  readonly ledger: Ledger;
  /** Coins in the wallet that no worker of ours had recorded. */
  readonly foreign: number;
  /** How many entries are wrong. */
  readonly wrongCoins: number;
  /** What is wrong, in words: the first 20 coins, and everything else. */
  readonly problems: readonly string[];
}

/** Of a ledger: what is one number. */
export const COUNTERS = ['coins', 'hashes', 'duplicates', 'recordedCoins', 'recordedHashes'] as const;

const MOST_WRONG_COINS_NAMED = 20;

export async function audit(store: Store, options: AuditOptions = {}): Promise<AuditReport> {
  const { strict = false, since, onProgress } = options;
  const ledger = await store.ledger();
  const problems: string[] = [];
  let verified = 0;
  let wrongCoins = 0;
  for await (const entries of store.wallet()) {
    for (const entry of entries) {
      const wrong = whatIsWrong(entry);
      if (wrong !== undefined && ++wrongCoins <= MOST_WRONG_COINS_NAMED) problems.push(wrong);
    }
    verified += entries.length;
    onProgress?.(verified);
  }
  const foreign = ledger.coins + ledger.duplicates - ledger.recordedCoins;
  problems.push(...ledgerProblems(ledger, { strict, foreign }), ...whatShrank(ledger, since));
  return { ok: problems.length === 0, verified, ledger, foreign: Math.max(0, foreign), wrongCoins, problems };
}

function whatIsWrong({ hash, origin }: WalletEntry): string | undefined {
  const name = JSON.stringify(hash.slice(0, 64));
  if (sha256('sha256', origin, 'hex') !== hash) return `coin ${name}: it is not the sha256 of its origin`;
  if (!hash.startsWith('0')) return `coin ${name}: it does not begin with a zero`;
  return undefined;
}

function ledgerProblems(ledger: Ledger, { strict, foreign }: { strict: boolean; foreign: number }): string[] {
  const { coins, duplicates, recordedCoins, hashes, recordedHashes } = ledger;
  const sum = `coins ${coins} + duplicates ${duplicates} = ${coins + duplicates}`;
  const problems: string[] = [];
  if (foreign < 0) problems.push(`${sum}, but the workers had ${recordedCoins} recorded: ${-foreign} are lost`);
  if (foreign > 0 && strict) {
    problems.push(`${sum}, but the workers had ${recordedCoins} recorded: ${foreign} are foreign`);
  }
  if (hashes < recordedHashes) problems.push(`hashes ${hashes}, but the workers had ${recordedHashes} recorded`);
  return problems;
}

function whatShrank(ledger: Ledger, since: EarlierLedger | undefined): string[] {
  if (!since) return [];
  return findShrunk(ledger, since).map(({ name, before, now }) =>
    `${name} went from ${before} down to ${now} since the earlier audit`
  );
}

/** What must only grow, and has not. */
export function findShrunk(
  ledger: Ledger,
  since: EarlierLedger,
): { readonly name: string; readonly before: number; readonly now: number }[] {
  const lasts = new Map(ledger.workers.map(({ id, last }) => [id, last]));
  return [
    ...COUNTERS.map((name) => ({ name, before: since[name], now: ledger[name] })),
    ...(since.workers ?? []).map(({ id, last }) => ({
      name: `the last batch of ${id}`,
      before: last,
      now: lasts.get(id) ?? 0,
    })),
  ].filter(({ before, now }) => now < before);
}
