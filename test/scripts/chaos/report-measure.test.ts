/** What is measured, on journals that are short enough to be counted by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, FaultWord, Phase, Written } from '../../../scripts/chaos/journal.ts';
import type { PlannedFault } from '../../../scripts/chaos/plan/plan.ts';
import type { FaultMeasures } from '../../../scripts/chaos/report/fault-measures.ts';
import { measure } from '../../../scripts/chaos/report/measure.ts';

type Timed = readonly [seconds: number, entry: Entry];

/** Entries in the order of their times. */
function journal(...entries: readonly (Timed | readonly Timed[])[]): Written[] {
  const all = entries.flatMap((one) => (typeof one[0] === 'number' ? [one as Timed] : one as readonly Timed[]));
  return all.sort(([a], [b]) => a - b).map(([seconds, entry]) => ({
    at: new Date(Date.UTC(2026, 10, 25) + seconds * 1000).toISOString(),
    ms: seconds * 1000,
    ...entry,
  }));
}

function begin(plan: readonly PlannedFault[] = []): Timed {
  const inventory = ['rng:1', 'worker:1', 'worker:2'].map((name) => ({
    ...{ name, kind: 'container', group: name.split(':')[0]!, site: 'this engine' } as const,
  }));
  return [0, { kind: 'begin', run: 'r1', seed: 42, args: ['--for', '1m'], hypothesis: ['speed>=3'], inventory, plan }];
}

const end = (seconds: number): Timed => [seconds, { kind: 'end', outcome: 'held', why: 'all well' }];

/** A sign for each second: `+` well at 10 hashes a second, `-` not at 1, `n` well and no speed, blank: no sample. */
function samples(signs: string, { from = 0, phase = 'during' as Phase } = {}): Timed[] {
  return [...signs].flatMap((sign, at): Timed[] => {
    if (sign === ' ') return [];
    const ok = sign !== '-';
    const speed = sign === 'n' ? null : ok ? 10 : 1;
    return [[from + at, { kind: 'sample', phase, ok, speed, checks: [{ name: 'speed>=3', ok, found: '' }] }]];
  });
}

function fault(number: number, word: FaultWord, { name = 'kill', victims = ['rng:1'], why = '' } = {}): Entry {
  return { kind: 'fault', number, fault: name, victims, word, why };
}

/** Of a fault of which nothing else is of interest. */
function times(one: FaultMeasures | undefined) {
  return [one?.detectMs, one?.recoverMs];
}

test('a fault is detected from on, and recovered from off', () => {
  const { faults } = measure(journal(
    ...[begin(), samples('+++++---++'), end(10)],
    ...[[3.5, fault(1, 'on')], [6.5, fault(1, 'off')]] as const,
  ));
  assert.deepEqual(faults, [{
    number: 1,
    fault: 'kill',
    victims: ['rng:1'],
    end: 'off',
    onMs: 3500,
    offMs: 6500,
    detectMs: 1500,
    recoverMs: 1500,
    wasOvercome: false,
    leastSpeed: 1,
    beganUnwell: false,
    isUnseen: false,
    beside: [],
  }]);
});

test('what is overcome while the fault is on is recovered from on', () => {
  const { faults: [one] } = measure(journal(
    ...[begin(), samples('+++--+++++'), end(10)],
    ...[[2.5, fault(1, 'on')], [8.5, fault(1, 'gone')]] as const,
  ));
  assert.deepEqual([one!.end, one!.wasOvercome, ...times(one)], ['gone', true, 500, 2500]);
});

test('what is unwell again after that is recovered from off', () => {
  const { faults: [one] } = measure(journal(
    ...[begin(), samples('+++--++-++'), end(10)],
    ...[[2.5, fault(1, 'on')], [6.5, fault(1, 'off')]] as const,
  ));
  assert.deepEqual(times(one), [500, 1500]);
});

test('a fault that nobody notices has no time of detection, and needs none to recover', () => {
  const { faults: [one], kinds: [kind] } = measure(journal(
    ...[begin(), samples('++++++++++'), end(10)],
    ...[[2.5, fault(1, 'on')], [6.5, fault(1, 'off')]] as const,
  ));
  assert.deepEqual(times(one), [undefined, 0]);
  assert.deepEqual(kind, {
    ...{ fault: 'kill', count: 1, noticed: 0, detectMs: undefined, recoverMs: undefined, unrecovered: 0 },
  });
});

test('what is not overcome before the next fault never is', () => {
  const { faults: [one, two] } = measure(journal(
    ...[begin(), samples('+++-----++++'), end(12)],
    ...[[2.5, fault(1, 'on')], [4.5, fault(1, 'off')], [6.5, fault(2, 'on')], [7.5, fault(2, 'off')]] as const,
  ));
  assert.deepEqual(times(one), [500, undefined]);
  assert.deepEqual(times(two), [undefined, 500]);
  assert.equal(two!.beganUnwell, true);
});

test('of what was unwell before, only what comes after it was well is a detection', () => {
  const { faults } = measure(journal(
    ...[begin(), samples('+++---+-++++'), end(12)],
    ...[[2.5, fault(1, 'on')], [3.5, fault(1, 'off')], [4.5, fault(2, 'on')], [5.5, fault(2, 'off')]] as const,
  ));
  assert.deepEqual(times(faults[1]), [2500, 2500]);
});

test('of two faults at a time the later one is to blame', () => {
  const { faults: [one, two] } = measure(journal(
    ...[begin(), samples('+++++++---+++'), end(13)],
    ...[[2.5, fault(1, 'on')], [5.5, fault(2, 'on')], [7.5, fault(1, 'off')], [8.5, fault(2, 'off')]] as const,
  ));
  assert.deepEqual([...times(one), one!.beside], [undefined, 0, [2]]);
  assert.deepEqual([...times(two), two!.beside], [1500, 1500, [1]]);
});

test('a fault during which another came is recovered from its own off', () => {
  const { faults: [one, two] } = measure(journal(
    ...[begin(), samples('+++-------+++'), end(13)],
    ...[[2.5, fault(1, 'on')], [5.5, fault(2, 'on')], [7.5, fault(1, 'off')], [8.5, fault(2, 'off')]] as const,
  ));
  assert.deepEqual(times(one), [500, 2500]);
  assert.deepEqual(times(two), [undefined, 1500]);
});

test('a fault in whose time nobody looked has no times', () => {
  const { faults: [one], kinds } = measure(journal(
    ...[begin(), samples('++++'), [4.5, fault(1, 'on')] as const, [5.5, fault(1, 'off')] as const, end(60)],
  ));
  assert.deepEqual([one!.isUnseen, ...times(one), one!.leastSpeed], [true, undefined, undefined, undefined]);
  assert.equal(kinds[0]!.unrecovered, 0);
});

test('a fault of several victims has all of them, and ends as the worst', () => {
  const { faults: [one], counts } = measure(journal(
    ...[begin(), samples('++++'), [1, fault(1, 'on', { victims: ['worker:1', 'worker:2'] })] as const],
    ...[[2, fault(1, 'off', { victims: ['worker:1'] })], [3, fault(1, 'stuck', { victims: ['worker:2'] })]] as const,
  ));
  assert.deepEqual([one!.victims, one!.end, one!.offMs], [['worker:1', 'worker:2'], 'stuck', undefined]);
  assert.equal(counts.stuck, 1);
});

test('the availability is the share of the time of the faults; a sample stands for the time until the next', () => {
  const { availability, duringMs, unknownMs, checks, speed } = measure(journal(
    ...[begin(), samples('--', { phase: 'before' }), samples('+-+n', { from: 2 }), samples('-', { from: 10 })],
    ...[samples('++', { from: 12, phase: 'after' }), end(14)],
  ));
  // Well for 1 + 1 + 5 s, not for 1 + 2 s.
  assert.deepEqual([availability, duringMs, unknownMs], [0.7, 10_000, 0]);
  assert.deepEqual(checks, [{ name: 'speed>=3', held: 0.7 }]);
  assert.deepEqual(speed, { before: 1, mean: (10 + 1 + 10 + 2) / 5, least: 1, after: 10 });
});

test('time in which nobody looked does not count', () => {
  const { availability, duringMs, unknownMs } = measure(journal(
    ...[begin(), samples('-----+'), samples('-----', { from: 60 }), end(65)],
  ));
  // The sixth sample stands for 10 s and no longer.
  assert.deepEqual([availability, duringMs, unknownMs], [0.5, 65_000, 45_000]);
});

test('where no speed is known, none is told', () => {
  const { speed, availability } = measure(journal(begin(), samples('nnn'), end(3)));
  assert.deepEqual(speed, { before: undefined, mean: undefined, least: undefined, after: undefined });
  assert.equal(availability, 1);
});

test('a journal that was cut off is of a run that was interrupted', () => {
  const { outcome, isCutOff, why, faults: [one], ms } = measure(journal(
    ...[begin(), samples('+++--'), [2.5, fault(1, 'on')] as const],
  ));
  assert.deepEqual([outcome, isCutOff, why, ms], ['interrupted', true, 'its journal has no end', 4000]);
  assert.deepEqual([one!.end, one!.offMs, ...times(one)], ['on', undefined, 500, undefined]);
});

test('a journal in which nothing has happened', () => {
  const { outcome, availability, counts, betweenMs, faults, kinds, ledger, targets } = measure(journal(begin()));
  assert.deepEqual([outcome, availability, betweenMs, faults, kinds], ['interrupted', undefined, undefined, [], []]);
  assert.deepEqual(counts, { planned: 0, on: 0, refused: 0, skipped: 0, stuck: 0, unreached: 0 });
  assert.deepEqual(ledger, { before: undefined, after: undefined });
  assert.deepEqual(targets, [{ group: 'rng', count: 1 }, { group: 'worker', count: 2 }]);
});

test('faults are counted by how they went, and why is kept', () => {
  const plan = [1, 2, 3, 4, 5, 6].map((number) => ({
    ...{ number, atMs: number, forMs: 1, fault: 'kill', victims: ['rng:1'] },
  }));
  const { counts, troubles, betweenMs } = measure(journal(
    ...[begin(plan), samples('++++++++++'), end(10)],
    ...[[1, fault(1, 'on')], [2, fault(1, 'off')], [3, fault(2, 'refused', { why: 'no' })]] as const,
    ...[[4, fault(3, 'skipped', { why: 'busy' })], [5, fault(4, 'on')], [
      6,
      fault(4, 'stuck', { why: 'jam' }),
    ]] as const,
    ...[[8, fault(5, 'on')]] as const,
  ));
  assert.deepEqual(counts, { planned: 6, on: 3, refused: 1, skipped: 1, stuck: 1, unreached: 1 });
  assert.deepEqual(troubles.map(({ ms, number, word, why }) => [ms, number, word, why]), [
    [3000, 2, 'refused', 'no'],
    [4000, 3, 'skipped', 'busy'],
    [6000, 4, 'stuck', 'jam'],
  ]);
  assert.equal(betweenMs, 3500);
});

test('kinds stand in the order of their names, with the median and the worst of their times', () => {
  // Detected after 0.5, 1.5, 2.5 and 3.5 s, each recovered 0.5 s after it was off.
  const { kinds } = measure(journal(
    begin(),
    samples('+-++++-+++++-++++++-++'),
    end(22),
    [0.5, 4.5, 9.5, 15.5].flatMap((onSeconds, at): Timed[] => {
      const bad = onSeconds + 0.5 + at;
      return [[onSeconds, fault(at + 1, 'on')], [bad + 0.5, fault(at + 1, 'off')]];
    }),
    [[20.5, fault(5, 'on', { name: 'cpu' })], [20.6, fault(5, 'off', { name: 'cpu' })]] as const,
  ));
  assert.deepEqual(kinds.map(({ fault }) => fault), ['cpu', 'kill']);
  assert.deepEqual(kinds[1], {
    ...{ fault: 'kill', count: 4, noticed: 4, unrecovered: 0 },
    detectMs: { median: 2000, worst: 3500 },
    recoverMs: { median: 500, worst: 500 },
  });
});

test('the ledger is the last that was written in its phase', () => {
  const account = { lost: 1, duplicated: 0, unexplained: 2, indeterminate: 3, problems: ['one is lost'] };
  const { ledger } = measure(journal(
    ...[begin(), [1, { kind: 'ledger', phase: 'after', ...account, lost: 9 }] as const],
    ...[[2, { kind: 'ledger', phase: 'after', ...account }] as const, end(3)],
  ));
  assert.deepEqual(ledger, { before: undefined, after: account });
});
