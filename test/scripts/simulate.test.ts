import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type PlantedBug, plantedBugs } from '../../scripts/simulate/planted-bugs.ts';
import { runSchedule } from '../../scripts/simulate/schedule.ts';
import { runAll } from '../../scripts/simulate/simulate.ts';
import { isDeno, ROOT } from '../../testkit/machine.ts';
import { runProgram } from '../../testkit/program.ts';

test('thousands of disasters break no rule', async () => {
  const { done, failures, acknowledged, rollbacks, lost } = await runAll({ schedules: 5000, seed: 1, bug: undefined });
  assert.deepEqual(failures, []);
  // They really happened: crashes, and losses that were counted.
  assert.equal(done, 5000);
  assert.ok(acknowledged > 100_000 && rollbacks > 1000 && lost > 100, `${acknowledged} ${rollbacks} ${lost}`);
});

for (const bug of ['acceptsGaps', 'keepsNothing', 'idIsHostName'] satisfies PlantedBug[]) {
  test(`a planted bug is found: ${bug}`, async () => {
    let found: readonly string[] = [];
    for (let seed = 1; seed <= 300 && found.length === 0; seed++) {
      found = (await runSchedule(seed, { parts: plantedBugs[bug] })).violations;
    }
    assert.ok(found.length > 0, 'it went unnoticed in 300 schedules');
  });
}

test('the same seed tells the same story', async () => {
  const options = { parts: plantedBugs.acceptsGaps, keepsStory: true };
  const [first, again] = [await runSchedule(7, options), await runSchedule(7, options)];
  assert.ok(first.story.length > 20);
  assert.deepEqual(first, again);
  assert.notDeepEqual(first.story, (await runSchedule(8, options)).story);
});

test('a failure prints its seed and the line that shows it again', async (t) => {
  const run = (...args: string[]) => {
    const runtime = isDeno ? ['run', '--quiet', '--allow-all'] : [];
    return runProgram(t, [process.execPath, ...runtime, join(ROOT, 'scripts', 'simulate.mjs'), ...args], { cwd: ROOT });
  };
  const failing = await run('--schedules', '40', '--bug', 'acceptsGaps');
  assert.equal(failing.code, 1);
  const [, seed, line] = failing.output.match(/^seed (\d+): .*\n {2}see it again: npm run simulate -- (.*)$/m)!;
  const again = await run(...line!.split(' '));
  assert.equal(again.code, 1);
  assert.match(again.output, new RegExp(`^seed ${seed}\n[^]*store: `));
  const good = await run('--schedules', '20', '--json');
  assert.equal(good.code, 0);
  assert.deepEqual(JSON.parse(good.output).failedSeeds, []);
  for (const wrong of [['--schedules', '0'], ['--seed', 'x'], ['--bug', 'none'], ['--fast']]) {
    assert.equal((await run(...wrong)).code, 2);
  }
});
