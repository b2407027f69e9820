/**
 * Compares what workers know to be recorded with what the store has: the workers as they were seen before the store was
 * read and after it, for they mine on meanwhile. What was acknowledged before has to be there; what is there has to have
 * been sent by the time of the second look.
 *
 * Each count is a sum of batches, coins, and, where a sum alone is wrong, hashes; a thing that shows twice may count
 * twice. Whether it is 0 is what matters; which it was stands in the problems.
 */
import { type AuditReport, findShrunk } from '../../../src/store/audit.ts';
import type { WorkerRecord } from '../../../src/store/store.ts';
import type { Account } from '../journal.ts';
import type { Seen } from './sights.ts';

export interface Evidence {
  readonly report: AuditReport;
  /** Every id ever seen, as it was last seen before the store was read. */
  readonly earlier: ReadonlyMap<string, Seen>;
  /** Those that could be asked after it was read. */
  readonly later: ReadonlyMap<string, Seen>;
  /** Batches that workers have counted as lost. */
  readonly lostBatches: number;
  /** Undefined: only what is wrong by itself is told. */
  readonly before: Standing | undefined;
}

/** How the store stood at a time: what is found again later is not new. */
export interface Standing {
  readonly report: AuditReport;
  readonly foreignCoins: number;
  readonly foreignHashes: number;
  readonly lostBatches: number;
  /** By how much the store's sums of an id differ from what its worker had recorded, where they do. */
  readonly offsets: ReadonlyMap<string, Sums>;
}

interface Sums {
  readonly coins: number;
  readonly hashes: number;
}

interface Finding {
  readonly kind: 'lost' | 'duplicated' | 'unexplained' | 'indeterminate';
  readonly count: number;
  readonly text: string;
}

export function judgeLedger(evidence: Evidence): { readonly account: Account; readonly standing: Standing } {
  const { report, before, lostBatches } = evidence;
  const workers = compareWorkers(evidence);
  const offsets = new Map(before?.offsets);
  for (const { id, off } of workers) {
    if (off.coins !== 0 || off.hashes !== 0) offsets.set(id, plus(offsets.get(id), off));
  }
  const standing = { report, lostBatches, offsets, ...foreignOf(report, offsets) };
  const findings = [
    ...workers.flatMap(({ findings }) => findings),
    ...compareStandings(standing, before),
  ].filter(({ count }) => count > 0);
  const count = (kind: Finding['kind']): number =>
    findings.reduce((sum, finding) => finding.kind === kind ? sum + finding.count : sum, 0);
  const problems = findings.filter(({ kind }) => kind !== 'indeterminate').map(({ text }) => text);
  const account = {
    ...{ lost: count('lost'), duplicated: count('duplicated') },
    ...{ unexplained: count('unexplained'), indeterminate: count('indeterminate') },
    problems: [
      ...problems,
      ...wrongCoins(report).filter((coin) => !before || !wrongCoins(before.report).includes(coin)),
    ],
  };
  return { account, standing };
}

function wrongCoins({ problems }: AuditReport): string[] {
  return problems.filter((problem) => problem.startsWith('coin "'));
}

function plus(one: Sums = { coins: 0, hashes: 0 }, other: Sums): Sums {
  return { coins: one.coins + other.coins, hashes: one.hashes + other.hashes };
}

interface Compared {
  readonly id: string;
  readonly findings: readonly Finding[];
  /** By how much more its sums differ than they did. */
  readonly off: Sums;
}

function compareWorkers({ report, earlier, later, before }: Evidence): Compared[] {
  const held = new Map(report.ledger.workers.map((record) => [record.id, record]));
  const ids = new Set([...earlier.keys(), ...later.keys()]);
  return [
    ...[...ids].map((id) => {
      const record = withoutOffset(held.get(id) ?? none(id), before?.offsets.get(id));
      return compareWorker(record, { earlier: earlier.get(id), later: later.get(id) });
    }),
    // Of those that nobody has seen, what the store itself had.
    ...(before?.report.ledger.workers ?? []).filter(({ id }) => !ids.has(id)).map(({ id, last }): Compared => ({
      ...{ id, findings: [missingBatches(held.get(id) ?? none(id), last)] },
      off: { coins: 0, hashes: 0 },
    })),
  ];
}

function withoutOffset(record: WorkerRecord, { coins, hashes }: Sums = { coins: 0, hashes: 0 }): WorkerRecord {
  return {
    ...record,
    hashes: record.hashes === null ? null : record.hashes - hashes,
    coins: record.coins === null ? null : record.coins - coins,
  };
}

function none(id: string): WorkerRecord {
  return { id, last: 0, closed: false, hashes: 0, coins: 0 };
}

interface Both {
  readonly earlier: Seen | undefined;
  readonly later: Seen | undefined;
}

function compareWorker(record: WorkerRecord, { earlier, later }: Both): Compared {
  // Less, later: it has found out itself that the store came back with less, and sends the rest again.
  const findings = [missingBatches(record, Math.min(earlier?.last ?? 0, later?.last ?? Infinity))];
  // Who is there to be asked will send it again.
  if (earlier?.isPresent && !later) {
    const count = earlier.sent - Math.max(earlier.last, record.last);
    findings.push({ kind: 'indeterminate', count, text: `${record.id}: ${count} batches were on their way` });
  }
  if (later) {
    const count = record.last - later.sent;
    const text = `${record.id}: the store has its batch ${record.last}, it has sent ${later.sent}`;
    findings.push({ kind: 'duplicated', count, text });
  }
  const off = { coins: 0, hashes: 0 };
  for (const what of ['hashes', 'coins'] as const) {
    off[what] = excess(record, what, { earlier, later });
    const count = Math.abs(off[what]);
    const text = `${record.id}: the store has ${count} ${what} ${off[what] > 0 ? 'more' : 'less'} than it had recorded`;
    findings.push({ kind: off[what] > 0 ? 'duplicated' : 'lost', count, text });
  }
  return { id: record.id, findings, off };
}

/** An id that is closed has a successor, which sends again what it still has: nobody has seen it, so nobody knows. */
function missingBatches({ id, last, closed }: WorkerRecord, acknowledged: number): Finding {
  const text = `${id}: ${acknowledged} batches were acknowledged, the store has ${last}`;
  return { kind: closed ? 'indeterminate' : 'lost', count: acknowledged - last, text };
}

/** How much more of it the store has than can be (above 0), or less (below); 0 too where nobody knows. */
function excess(record: WorkerRecord, what: 'hashes' | 'coins', { earlier, later }: Both): number {
  const held = record[what];
  if (held === null) return 0;
  // A batch has a hash or more: with one each, as in the classroom, nothing is left open.
  const perBatch = what === 'hashes' ? 1 : 0;
  let [least, most] = [-Infinity, Infinity];
  for (const { last, [what]: sum } of [earlier, later].filter((seen) => seen !== undefined)) {
    if (sum === undefined) continue;
    const bound = sum + (record.last - last) * perBatch;
    if (last <= record.last) least = Math.max(least, bound);
    if (last >= record.last) most = Math.min(most, bound);
  }
  return held < least ? held - least : Math.max(0, held - most);
}

/** Coins and hashes that no worker of ours recorded; below 0 they are missing. By what the workers say, where they do. */
function foreignOf({ ledger }: AuditReport, offsets: ReadonlyMap<string, Sums>) {
  const { coins, duplicates, hashes, recordedCoins, recordedHashes } = ledger;
  const off = [...offsets.values()].reduce(plus, { coins: 0, hashes: 0 });
  return {
    foreignCoins: coins + duplicates - (recordedCoins - off.coins),
    foreignHashes: hashes - (recordedHashes - off.hashes),
  };
}

function compareStandings(now: Standing, before: Standing | undefined): Finding[] {
  const coins = now.foreignCoins - (before?.foreignCoins ?? Math.max(0, now.foreignCoins));
  const hashes = now.foreignHashes - (before?.foreignHashes ?? Math.max(0, now.foreignHashes));
  const wrong = now.report.wrongCoins - (before?.report.wrongCoins ?? 0);
  const batches = now.lostBatches - (before?.lostBatches ?? 0);
  return [
    {
      kind: 'lost',
      count: batches,
      text: `workers have found ${batches} batches lost that the store had acknowledged`,
    },
    { kind: 'lost', count: -coins, text: `${-coins} coins were recorded, and are not in the wallet` },
    { kind: 'unexplained', count: coins, text: `${coins} coins are in the wallet that no worker of ours recorded` },
    { kind: 'unexplained', count: hashes, text: `hashes is ${hashes} more than all workers had recorded` },
    { kind: 'unexplained', count: -hashes, text: `hashes is ${-hashes} less than all workers had recorded` },
    { kind: 'unexplained', count: wrong, text: `${wrong} coins of the wallet are wrong` },
    ...whatShrank(now, before),
  ];
}

/** The other counters are sums over workers, which are compared one by one. */
function whatShrank({ report }: Standing, before: Standing | undefined): Finding[] {
  const counters: readonly string[] = ['coins', 'hashes', 'duplicates'];
  return (before ? findShrunk(report.ledger, before.report.ledger) : [])
    .filter(({ name }) => counters.includes(name))
    .map(({ name, before, now }) => ({
      kind: 'lost',
      count: before - now,
      text: `${name} went from ${before} down to ${now}`,
    }));
}
