/** What the ledger concludes from what was seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Account } from '../../../scripts/chaos/journal.ts';
import { judgeLedger, type Standing } from '../../../scripts/chaos/ledger/judge-ledger.ts';
import { createSights, type Seen } from '../../../scripts/chaos/ledger/sights.ts';
import { parseWorkerMetrics } from '../../../scripts/chaos/ledger/worker-metrics.ts';
import type { AuditReport } from '../../../src/store/audit.ts';
import type { WorkerRecord } from '../../../src/store/store.ts';

test('the metrics of a worker are read by its ids', () => {
  const text = `# HELP worker_sent_sequence The last batch
# TYPE worker_sent_sequence gauge
worker_sent_sequence{worker="a"} 7
worker_sent_sequence{worker="b"} 1
worker_recorded_sequence{worker="a"} 5
worker_recorded_sequence{worker="b"} 0
worker_recorded_hashes{worker="b"} 0
worker_recorded_coins{worker="b"} 0
worker_lost_batches 2
process_start_time_seconds 1700000000.25
http_requests_total{method="GET",route="/",status="200"} 1
`;
  assert.deepEqual(parseWorkerMetrics(text), {
    ids: [
      { id: 'a', sent: 7, last: 5, hashes: undefined, coins: undefined },
      { id: 'b', sent: 1, last: 0, hashes: 0, coins: 0 },
    ],
    lostBatches: 2,
    startedAt: 1700000000.25,
  });
  assert.deepEqual(parseWorkerMetrics('http_requests_total 3\n').ids, []);
});

test('the last sight of each id stays, and losses of one life are added to those of the next', () => {
  const sights = createSights();
  const said = (id: string, last: number) => ({ id, sent: last, last, hashes: last, coins: 0 });
  sights.add('c1', { ids: [said('a', 3)], lostBatches: 0, startedAt: 100 });
  sights.add('c1', { ids: [said('a', 2), said('b', 1)], lostBatches: 1, startedAt: 100 });
  const then = sights.all();
  sights.add('c1', { ids: [said('c', 9)], lostBatches: 2, startedAt: 200 });
  assert.equal(sights.lostBatches(), 3);
  assert.deepEqual([...sights.all().values()], [
    { ...said('a', 2), isPresent: false },
    { ...said('b', 1), isPresent: true },
    { ...said('c', 9), isPresent: true },
  ]);
  assert.equal(then.size, 2);
});

/** A store with these workers, which has their coins and nothing else. */
function report(workers: readonly Partial<WorkerRecord>[], rest: Partial<AuditReport['ledger']> = {}): AuditReport {
  const records = workers.map((one): WorkerRecord => ({
    ...{ id: 'w', last: 10, closed: false, hashes: 10, coins: 2 },
    ...one,
  }));
  const sum = (what: 'hashes' | 'coins'): number => records.reduce((total, one) => total + (one[what] ?? 0), 0);
  const [hashes, coins] = [sum('hashes'), sum('coins')];
  return {
    ...{ ok: true, verified: coins, foreign: 0, wrongCoins: 0, problems: [] },
    ledger: {
      ...{ coins, hashes, duplicates: 0, recordedCoins: coins, recordedHashes: hashes, workers: records },
      ...rest,
    },
  };
}

function seen(given: Partial<Seen> = {}): ReadonlyMap<string, Seen> {
  const one = { id: 'w', sent: 10, last: 10, hashes: 10, coins: 2, isPresent: true, ...given };
  return new Map([[one.id, one]]);
}

const NOBODY: ReadonlyMap<string, Seen> = new Map();

/** How a store stood of which nobody had seen the workers. */
function standing(given: AuditReport): Standing {
  const evidence = { report: given, earlier: NOBODY, later: NOBODY, lostBatches: 0, before: undefined };
  return judgeLedger(evidence).standing;
}

interface Case {
  readonly what: string;
  readonly report: AuditReport;
  readonly earlier?: ReadonlyMap<string, Seen>;
  readonly later?: ReadonlyMap<string, Seen>;
  readonly lostBatches?: number;
  readonly before?: AuditReport;
  readonly account: Partial<Account>;
}

const CASES: readonly Case[] = [
  { what: 'what was seen is there', report: report([{}]), account: {} },
  {
    what: 'a worker that mined on between the looks',
    report: report([{ last: 13, hashes: 13, coins: 3 }]),
    later: seen({ sent: 16, last: 15, hashes: 15, coins: 3 }),
    account: {},
  },
  {
    what: 'acknowledged batches are gone',
    report: report([{ last: 8, hashes: 8 }]),
    account: { lost: 2, problems: ['w: 10 batches were acknowledged, the store has 8'] },
  },
  {
    what: 'a worker is gone whole',
    report: report([]),
    later: NOBODY,
    account: { lost: 10, problems: ['w: 10 batches were acknowledged, the store has 0'] },
  },
  {
    what: 'a worker that knows that the store came back with less',
    report: report([{ last: 8, hashes: 8, coins: 2 }]),
    later: seen({ last: 8, hashes: 8 }),
    account: {},
  },
  {
    what: 'an id that its worker has closed with less, and nobody has seen the worker since',
    report: report([{ last: 8, closed: true, hashes: 8 }]),
    later: NOBODY,
    account: { indeterminate: 2 },
  },
  {
    what: 'batches that workers count as lost since before',
    report: report([{}]),
    lostBatches: 3,
    before: report([{}]),
    account: { lost: 3, problems: ['workers have found 3 batches lost that the store had acknowledged'] },
  },
  {
    what: 'what was on its way when a worker was killed',
    report: report([{}]),
    earlier: seen({ sent: 11 }),
    later: NOBODY,
    account: { indeterminate: 1 },
  },
  {
    what: 'what was on its way and has arrived',
    report: report([{ last: 11, hashes: 11 }]),
    earlier: seen({ sent: 11 }),
    later: NOBODY,
    account: {},
  },
  {
    what: 'a batch that was never sent',
    report: report([{ last: 12, hashes: 12 }]),
    later: seen({ sent: 11 }),
    account: { duplicated: 1, problems: ['w: the store has its batch 12, it has sent 11'] },
  },
  {
    what: 'a batch that was counted twice',
    report: report([{ last: 12, hashes: 13 }]),
    later: seen({ sent: 14, last: 14, hashes: 14 }),
    account: { duplicated: 1, problems: ['w: the store has 1 hashes more than it had recorded'] },
  },
  {
    what: 'larger batches of which some hashes are missing',
    report: report([{ last: 12, hashes: 900 }], { hashes: 1002 }),
    earlier: seen({ hashes: 1000 }),
    later: seen({ sent: 14, last: 14, hashes: 1400 }),
    account: { lost: 102 },
  },
  {
    what: 'sums that were folded together are not compared',
    report: report([{ hashes: null, coins: null }], {
      ...{ coins: 2, recordedCoins: 2, hashes: 10, recordedHashes: 10 },
    }),
    account: {},
  },
  {
    what: 'coins are missing in the wallet',
    report: report([{}], { coins: 1 }),
    account: { lost: 1, problems: ['1 coins were recorded, and are not in the wallet'] },
  },
  {
    what: 'coins were missing before, and no more are',
    report: report([{}], { coins: 1 }),
    before: report([{}], { coins: 1 }),
    account: {},
  },
  {
    what: 'a wallet that holds foreign coins when nobody knows how it was',
    report: report([{}], { coins: 5, hashes: 50 }),
    account: {},
  },
  {
    what: 'foreign coins and hashes that are new',
    report: report([{}], { coins: 5, hashes: 50 }),
    before: report([{}]),
    account: {
      unexplained: 43,
      problems: [
        '3 coins are in the wallet that no worker of ours recorded',
        'hashes is 40 more than all workers had recorded',
      ],
    },
  },
  {
    what: 'a sum of hashes that is too small',
    report: report([{}], { hashes: 6 }),
    account: { unexplained: 4, problems: ['hashes is 4 less than all workers had recorded'] },
  },
  {
    what: 'wrong coins',
    report: { ...report([{}]), wrongCoins: 1, problems: ['coin "00": it is not the sha256 of its origin', 'coins 1'] },
    account: {
      unexplained: 1,
      problems: ['1 coins of the wallet are wrong', 'coin "00": it is not the sha256 of its origin'],
    },
  },
  {
    what: 'a wrong coin that was there before',
    report: { ...report([{}]), wrongCoins: 1, problems: ['coin "00": it is not the sha256 of its origin'] },
    before: { ...report([{}]), wrongCoins: 1, problems: ['coin "00": it is not the sha256 of its origin'] },
    account: {},
  },
  {
    what: 'an older store of which nobody has seen the workers',
    report: report([{ id: 'w' }, { id: 'x', last: 4, hashes: 4 }]),
    before: report([{ id: 'w' }, { id: 'x', last: 9, hashes: 9, coins: 3 }]),
    account: {
      lost: 5 + 1 + 5,
      problems: [
        'x: 9 batches were acknowledged, the store has 4',
        'coins went from 5 down to 4',
        'hashes went from 19 down to 14',
      ],
    },
  },
];

test('what a worker has too much of is no news at the second time, and stays known when the worker is gone', () => {
  const evidence = { report: report([{ hashes: 15 }], { hashes: 10 }), earlier: seen(), lostBatches: 0 };
  const first = judgeLedger({ ...evidence, later: seen(), before: undefined });
  assert.equal(first.account.duplicated, 5);
  const well = { lost: 0, duplicated: 0, unexplained: 0, indeterminate: 0, problems: [] };
  assert.deepEqual(judgeLedger({ ...evidence, later: seen(), before: first.standing }).account, well);
  const later = report([{ last: 12, hashes: 17 }], { hashes: 12 });
  assert.deepEqual(
    judgeLedger({ ...evidence, report: later, later: NOBODY, before: first.standing }).account,
    well,
  );
  const more = judgeLedger({
    ...evidence,
    report: report([{ hashes: 16 }], { hashes: 10 }),
    later: seen(),
    before: first.standing,
  });
  assert.equal(more.account.duplicated, 1);
});

for (const { what, report, earlier = seen(), later = earlier, lostBatches = 0, before, account } of CASES) {
  test(`the ledger judges: ${what}`, () => {
    const judged = judgeLedger({ report, earlier, later, lostBatches, before: before && standing(before) });
    const { problems, ...counts } = { lost: 0, duplicated: 0, unexplained: 0, indeterminate: 0, ...account };
    const { problems: found, ...found2 } = judged.account;
    assert.deepEqual(found2, counts);
    if (problems) assert.deepEqual(found, problems);
    if (counts.lost + counts.duplicated + counts.unexplained === 0) assert.deepEqual(found, []);
  });
}
