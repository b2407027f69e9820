/** What is shown of many hosts: equal outputs once, the odd one as a difference, failures first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCapture } from '../../../scripts/lib/fan-out/capture.ts';
import type { End, Result } from '../../../scripts/lib/fan-out/fan-out.ts';
import { formatGroups, groupResults } from '../../../scripts/lib/fan-out/groups.ts';
import { exitCodeOf, formatResults, summarize } from '../../../scripts/lib/fan-out/report.ts';

interface Said {
  readonly end?: End;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly detail?: string;
  readonly memoryBytes?: number;
}

function result(name: string, { end = 'done', stdout = '', stderr = '', detail = '', memoryBytes }: Said = {}): Result {
  const capture = (text: string) => {
    const one = createCapture(undefined, memoryBytes === undefined ? {} : { memoryBytes });
    one.take(Buffer.from(text));
    return one.close();
  };
  const code = end === 'done' ? 0 : end === 'failed' ? 1 : undefined;
  const target = { name, host: { address: `10.0.0.${name}` } };
  return { ...{ target, end, code, detail, tries: 1, ms: 1234 }, stdout: capture(stdout), stderr: capture(stderr) };
}

const shown = (...results: readonly Result[]): Promise<string> => formatGroups(groupResults(results));

test('equal outputs are shown once, and who stays silent is said to', async () => {
  assert.equal(await shown(result('a', { stdout: 'x\n' }), result('b', { stdout: 'x\n' })), '── 2 hosts: a b\nx');
  assert.equal(await shown(result('a'), result('b')), '── 2 hosts: a b: no output');
  assert.equal(await shown(result('a', { end: 'refused' })), '');
});

test('the odd one is shown as its difference from most', async () => {
  const lines = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const most = { stdout: `${lines.join('\n')}\n` };
  const odd = { stdout: most.stdout.replace('line 10', 'line ten') };
  const [first, second] = (await shown(result('a', most), result('b', odd), result('c', most))).split('\n── ');
  assert.equal(first, `── 2 hosts: a c\n${lines.join('\n')}`);
  assert.deepEqual(second!.split('\n').slice(0, 4), ['b', '--- 2 hosts: a c', '+++ b', '@@ -8,7 +8,7 @@']);
  assert.match(second!, /^-line 10\n\+line ten$/m);
});

test('outputs that have little in common are shown whole; a failure says its exit code', async () => {
  const text = await shown(
    ...['a', 'b'].map((name) => result(name, { stdout: 'one\n' })),
    result('c', { end: 'failed', stdout: 'two\n', stderr: 'no such thing' }),
  );
  assert.equal(text, '── 2 hosts: a b\none\n── c (failed, exit code 1)\ntwo\nno such thing');
});

test('what is too long is cut, and it is said how much there was', async () => {
  const text = await shown(result('a', { stdout: 'x\n'.repeat(300) }));
  assert.equal(text.split('\n').length, 202);
  assert.match(text, /\n… 100 lines more$/);
  assert.match(await shown(result('a', { stdout: 'x'.repeat(50), memoryBytes: 10 })), /\nx{10}\n… 50 bytes in all$/);
});

test('the table has the failures first; of many hosts the good ones are only counted', () => {
  const results = [result('1'), result('2', { end: 'key changed', detail: 'it shows another' })];
  assert.equal(
    formatResults(results),
    [
      'host   address  state        tries   took  why',
      '   2  10.0.0.2  KEY CHANGED      1  1.2 s  it shows another',
      '   1  10.0.0.1  done             1  1.2 s',
      '1 of 2 hosts done, 1 key changed',
    ].join('\n'),
  );
  const many = Array.from({ length: 50 }, (_, at) => result(String(at + 1)));
  assert.equal(formatResults(many), '50 of 50 hosts done');
  assert.equal(summarize([{ end: 'done' }]), '1 of 1 host done');
});

test('a failure counts more than an unreachable host, and a stop more than both', () => {
  const code = (...ends: readonly End[]): number => exitCodeOf(ends.map((end) => ({ end })));
  assert.equal(code('done'), 0);
  assert.equal(code('done', 'failed', 'unreachable'), 1);
  assert.equal(code('done', 'unreachable', 'denied', 'hangs'), 3);
  assert.equal(code('failed', 'stopped'), 130);
  assert.equal(code('done', 'not tried'), 1);
});
