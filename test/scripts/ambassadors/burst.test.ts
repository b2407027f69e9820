import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { createBurst } from '../../../scripts/ambassadors/burst.ts';
import { createLeaving } from '../../../scripts/ambassadors/leaving.ts';
import type { Scope } from '../../../testkit/machine.ts';

/** A burst on a clock of its own, and what it did when. */
function startBurst(t: Scope, work: () => Promise<void> = () => Promise.resolve()) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  let now = 0;
  const runs: { at: number; since: number }[] = [];
  const burst = createBurst(async (since) => {
    runs.push({ at: now, since });
    await work();
  }, { quietMs: 100, atMostMs: 300, now: () => now });
  const pass = (ms: number): void => {
    for (let at = 0; at < ms; at += 10) {
      now += 10;
      mock.timers.tick(10);
    }
  };
  /** Lets promises settle. */
  const breathe = async (): Promise<void> => {
    for (let at = 0; at < 10; at++) await Promise.resolve();
  };
  return { burst, runs, pass, breathe };
}

test('a burst of 10 events is one change, 100 ms after the last of them', (t) => {
  const { burst, runs, pass } = startBurst(t);
  for (let at = 0; at < 10; at++) {
    burst.add();
    pass(10);
  }
  assert.deepEqual(runs, []);
  pass(500);
  assert.deepEqual(runs, [{ at: 190, since: 0 }]);
});

test('events without an end are a change 300 ms after the first', async (t) => {
  const { burst, runs, pass, breathe } = startBurst(t);
  for (let at = 0; at < 100; at++) {
    burst.add();
    pass(10);
    await breathe();
  }
  assert.deepEqual(runs.map(({ at }) => at), [300, 600, 900]);
});

test('what comes while it runs is the next change', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { burst, runs, pass, breathe } = startBurst(t, () => promise);
  burst.add();
  pass(100);
  burst.add();
  burst.add();
  pass(1000);
  assert.equal(runs.length, 1, 'one at a time');
  resolve();
  await breathe();
  pass(100);
  assert.deepEqual(runs, [{ at: 100, since: 0 }, { at: 1110, since: 100 }]);
});

test('after close() nothing begins', async (t) => {
  const { burst, runs, pass } = startBurst(t);
  burst.add();
  await burst.close();
  burst.add();
  pass(1000);
  assert.deepEqual(runs, []);
});

test('one that was told to end and goes on is taken back after 20 s, one that has ended is not', (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  let times = 0;
  const leaving = createLeaving(() => times++);
  leaving.add('stays');
  leaving.add('ends');
  mock.timers.tick(10_000);
  leaving.delete('ends');
  leaving.add('stays');
  assert.deepEqual([...leaving.ids()], ['stays']);
  mock.timers.tick(19_999);
  assert.equal(times, 0);
  mock.timers.tick(1);
  assert.equal(times, 1);
  assert.deepEqual([...leaving.ids()], []);
});
