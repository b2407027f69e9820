import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCount, runVerb, UsageError, verb } from '../../../scripts/lib/command-line.ts';
import { inParallel } from '../../../scripts/lib/in-parallel.ts';
import { formatTable } from '../../../scripts/lib/table.ts';
import { waitFor } from '../../../scripts/lib/wait.ts';

test('runVerb() runs the verb that is named, with its flags, and gives its exit code', async () => {
  const seen: unknown[] = [];
  const scale = verb({ within: { type: 'string', default: '2m' } }, ({ values, positionals }) => {
    seen.push(values.within, ...positionals);
    return Promise.resolve(7);
  });
  assert.equal(await runVerb({ scale }, ['scale', 'worker=2', '--within', '1m']), 7);
  assert.deepEqual(seen, ['1m', 'worker=2']);
});

test('wrong usage ends with 2, what failed with 1', async (t) => {
  const said: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => Boolean(said.push(text)));
  const fail = verb({}, () => Promise.reject(new Error('it broke')));
  const refuse = verb({}, () => Promise.reject(new UsageError('not so')));
  const codes = [
    await runVerb({ fail }, ['fail']),
    await runVerb({ refuse }, ['refuse']),
    await runVerb({ fail }, ['fail', '--unknown']),
    await runVerb({ fail, refuse }, ['toString']),
    await runVerb({ fail }, []),
  ];
  t.mock.reset();
  assert.deepEqual(codes, [1, 2, 2, 2, 2]);
  assert.deepEqual(said.slice(0, 2), ['it broke\n', 'not so\n']);
  assert.match(said[2]!, /--unknown/);
  assert.deepEqual(said.slice(3), [
    'This takes one of fail, refuse; got "toString"\n',
    'This takes one of fail; got ""\n',
  ]);
});

test('parseCount() takes whole numbers within bounds', () => {
  assert.equal(parseCount('--at-once', '10', { least: 1, most: 100 }), 10);
  for (const text of ['0', '101', '1.5', '-1', '', 'x']) {
    assert.throws(() => parseCount('--at-once', text, { least: 1, most: 100 }), {
      name: 'UsageError',
      message: `--at-once must be a whole number from 1 to 100; got ${JSON.stringify(text)}`,
    });
  }
});

test('inParallel() runs so many at a time, all to their end, and gives results in order', async () => {
  let now = 0;
  let most = 0;
  const results = await inParallel([30, 10, 20, 5], 2, async (ms) => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, ms));
    now--;
    if (ms === 10) throw new Error('ten');
    return ms;
  });
  assert.equal(most, 2);
  assert.deepEqual(
    results.map((result) => result.status === 'fulfilled' ? result.value : result.reason.message),
    [30, 'ten', 20, 5],
  );
});

test('waitFor() says for what it has waited in vain, and passes errors on', async () => {
  let asked = 0;
  assert.equal(
    await waitFor(() => Promise.resolve(++asked === 3 || undefined), { what: 'x', withinMs: 5000, everyMs: 1 }),
    true,
  );
  await assert.rejects(waitFor(() => Promise.resolve(undefined), { what: 'the moon', withinMs: 20, everyMs: 5 }), {
    message: 'Waited 0.02 s in vain for the moon',
  });
  await assert.rejects(waitFor(() => Promise.reject(new Error('gone')), { what: 'x', withinMs: 1000 }), {
    message: 'gone',
  });
});

test('formatTable() aligns texts to the left and numbers to the right', () => {
  assert.equal(
    formatTable(['service', 'CPU'], [['rng', '3.5 %'], ['redis', '12.0 %']]),
    'service     CPU\nrng       3.5 %\nredis    12.0 %',
  );
  assert.equal(formatTable(['a'], []), 'a');
});
