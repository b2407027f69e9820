/** A plan is drawn from a seed, keeps its limits, and is the same bytes for the same inventory. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultNamed } from '../../../scripts/chaos/faults/all.ts';
import { draw, parseInterval } from '../../../scripts/chaos/plan/interval.ts';
import { type Busy, type Limits, whyNot } from '../../../scripts/chaos/plan/limits.ts';
import { planFaults, type PlanOptions } from '../../../scripts/chaos/plan/plan.ts';
import type { Target } from '../../../scripts/chaos/targets/target.ts';

function target(name: string, given: Partial<Target> = {}): Target {
  return {
    ...{ name, kind: 'container', group: name.split(':')[0]!, site: 'this engine', handle: name, addresses: [] },
    ...{ offers: [], isWell: true, isReplaced: false, ...given },
  };
}

const TARGETS = ['hasher:1', 'hasher:2', 'redis:1', 'rng:1', 'rng:2', 'worker:1', 'worker:2', 'worker:3']
  .map((name) => target(name));

const LIMITS: Limits = { max: 1, keep: 1 };

const OPTIONS: PlanOptions = {
  ...{ seed: 7, forMs: 180_000, limits: LIMITS },
  ...{ every: parseInterval('--every', '20s±50%'), lasting: parseInterval('--lasting', '10s±50%') },
};

function planOf(names: readonly string[], options: Partial<PlanOptions> = {}, targets = TARGETS) {
  const faults = names.map((name) => ({ fault: faultNamed(name), targets }));
  return planFaults(targets, faults, { ...OPTIONS, ...options });
}

test('the same seed and the same targets give the same plan, byte for byte', () => {
  const [one, other] = [planOf(['kill', 'pause']), planOf(['kill', 'pause'])];
  assert.equal(JSON.stringify(one), JSON.stringify(other));
  assert.notEqual(JSON.stringify(planOf(['kill', 'pause'], { seed: 8 })), JSON.stringify(one));
  // Written down: another version of this program has to read a seed in the same way.
  assert.deepEqual(one.slice(0, 2), [
    { number: 1, atMs: 10_234, forMs: 5620, fault: 'kill', victims: ['worker:2'] },
    { number: 2, atMs: 25_390, forMs: 6559, fault: 'kill', victims: ['rng:1'] },
  ]);
});

test('over a thousand seeds no plan breaks a limit', () => {
  for (let seed = 0; seed < 1000; seed++) {
    const limits: Limits = { max: 1 + seed % 3, keep: seed % 3 };
    const plan = planOf(['kill', 'isolate', 'partition', 'loss'], { seed, limits, every: OPTIONS.lasting });
    const busy: Busy[] = [];
    for (const { atMs, forMs, fault, victims } of plan) {
      const now = busy.filter(({ untilMs }) => untilMs > atMs);
      const mine = { fault: faultNamed(fault), victims: TARGETS.filter(({ name }) => victims.includes(name)) };
      assert.equal(whyNot(mine, { targets: TARGETS, busy: now, limits }), undefined, `seed ${seed}`);
      assert.ok(atMs + forMs <= OPTIONS.forMs);
      busy.push({ ...mine, untilMs: atMs + forMs });
    }
    if (limits.keep < 2) assert.ok(plan.length > 3, `seed ${seed} gives ${plan.length}`);
  }
});

test('one of each service is left: what there is one of is never a victim of what takes it away', () => {
  for (let seed = 0; seed < 200; seed++) {
    const kinds = planOf(['kill', 'loss'], { seed }).filter(({ victims }) => victims.includes('redis:1'));
    assert.deepEqual([...new Set(kinds.map(({ fault }) => fault))].filter((fault) => fault !== 'loss'), []);
  }
});

test('who is not well is left alone', () => {
  const sick = TARGETS.map((one) => one.name === 'rng:1' ? one : { ...one, isWell: false });
  assert.deepEqual(planOf(['kill'], {}, sick), []);
  const victims = planOf(['loss'], {}, sick).flatMap((one) => one.victims);
  assert.deepEqual([...new Set(victims)], ['rng:1']);
});

test('--most ends a plan, and a share of the targets is a limit too', () => {
  assert.equal(planOf(['kill'], { most: 2 }).length, 2);
  const limits: Limits = { max: { share: 0.25 }, keep: 0 };
  const sizes = planOf(['partition'], { limits }).map(({ victims }) => victims.length);
  assert.ok(sizes.length > 0 && sizes.every((size) => size === 2));
});

test('each limit says why', () => {
  const named = (...names: string[]): Target[] => TARGETS.filter(({ name }) => names.includes(name));
  const busy: Busy[] = [{ fault: faultNamed('pause'), victims: named('worker:1'), untilMs: 1 }];
  const why = (fault: string, victims: readonly Target[], limits: Limits, others = busy): string | undefined =>
    whyNot({ fault: faultNamed(fault), victims }, { targets: TARGETS, busy: others, limits });
  assert.equal(why('kill', named('worker:1'), LIMITS), 'worker:1 suffers from another fault');
  assert.equal(why('kill', named('worker:2'), LIMITS), '--max allows 1 at a time');
  assert.equal(why('kill', named('worker:2'), { max: 2, keep: 2 }), '--keep 2 would not be left of worker, but 1');
  assert.equal(why('kill', named('worker:2'), { max: 2, keep: 1 }), undefined);
  assert.equal(why('kill', named('redis:1'), LIMITS, []), '--keep 1 would not be left of redis, but 0');
  assert.equal(why('loss', named('redis:1'), LIMITS, []), undefined);
  assert.equal(why('kill', [target('rng:1', { isWell: false })], LIMITS, []), 'rng:1 is not well');
  const [n1, n2] = ['c1:n1', 'c1:n2'].map((name) => target(name, { kind: 'machine', group: 'c1' }));
  const machines = { targets: [n1!, n2!], limits: { max: 2, keep: 0 } };
  const other = { fault: faultNamed('isolate'), victims: [n2!] };
  assert.equal(
    whyNot(other, { ...machines, busy: [{ ...other, victims: [n1!], untilMs: 1 }] }),
    'one machine of c1 at a time',
  );
});

test('times vary as was said', () => {
  assert.deepEqual(parseInterval('--every', '20s±50%'), { meanMs: 20_000, jitter: 0.5 });
  assert.deepEqual(parseInterval('--every', '2m+-10%'), { meanMs: 120_000, jitter: 0.1 });
  assert.deepEqual(parseInterval('--every', '500ms'), { meanMs: 500, jitter: 0 });
  const around = { meanMs: 1000, jitter: 0.5 };
  assert.deepEqual([0, 0.5, 1].map((random) => draw(around, random)), [500, 1000, 1500]);
  const failures = Array.from({ length: 1000 }, (_, at) => draw({ meanMs: 1000, jitter: 'exponential' }, at / 1000));
  const mean = failures.reduce((sum, one) => sum + one, 0) / 1000;
  assert.ok(Math.abs(mean - 1000) < 20, `${mean}`);
  for (const text of ['', '20', '20s±', '20s±200%', '±50%', '20s-50%']) {
    assert.throws(() => parseInterval('--every', text), { name: 'UsageError', message: /^--every must be / }, text);
  }
});
