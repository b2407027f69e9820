import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPatience } from '../../../scripts/chaos/hypothesis/patience.ts';

/** A look at which these parts do not hold; `webui answers` always does. */
function look(...failing: readonly string[]) {
  const checks = failing.map((name) => ({ name, ok: false, found: 'no answer' }));
  return { ok: failing.length === 0, checks: [...checks, { name: 'webui answers', ok: true, found: '' }] };
}

test('what does not hold for as long as the grace is borne, and for longer is a deviation', () => {
  const { judge } = createPatience({ graceMs: 30_000 });
  assert.equal(judge(5000, look()), undefined);
  assert.equal(judge(6000, look('speed>=3')), undefined);
  assert.equal(judge(36_000, look('speed>=3')), undefined);
  assert.equal(judge(37_000, look('speed>=3')), 'speed>=3 has not held for 31 s');
  assert.equal(judge(40_000, look('speed>=3')), 'speed>=3 has not held for 34 s');
});

test('times of sickness with a look of health between them are not added up', () => {
  const { judge } = createPatience({ graceMs: 30_000 });
  for (const ms of [0, 20_000]) assert.equal(judge(ms, look('speed>=3')), undefined);
  assert.equal(judge(21_000, look()), undefined);
  for (const ms of [22_000, 52_000]) assert.equal(judge(ms, look('speed>=3')), undefined);
  assert.equal(judge(52_001, look('speed>=3')), 'speed>=3 has not held for 30 s');
});

test('a deviation is over with the first look of health', () => {
  const { judge } = createPatience({ graceMs: 0 });
  judge(0, look('speed>=3'));
  assert.equal(judge(1000, look('speed>=3')), 'speed>=3 has not held for 1 s');
  assert.equal(judge(2000, look()), undefined);
  assert.equal(judge(3000, look('speed>=3')), undefined);
});

test('only the parts that have not held all the time are named', () => {
  const { judge } = createPatience({ graceMs: 1000 });
  judge(0, look('speed>=3', 'coins grow'));
  judge(1000, look('speed>=3', 'coins grow', 'workers>=2'));
  assert.equal(
    judge(2000, look('speed>=3', 'coins grow', 'workers>=2')),
    'speed>=3 and coins grow have not held for 2 s',
  );
  assert.equal(judge(3000, look('coins grow')), 'coins grow has not held for 3 s');
});

test('parts that take turns are a deviation of the whole', () => {
  const { judge } = createPatience({ graceMs: 1000 });
  judge(0, look('speed>=3'));
  judge(1000, look('coins grow'));
  assert.equal(
    judge(2000, look('speed>=3')),
    'the hypothesis has not held for 2 s, one part or another, now speed>=3',
  );
});
