/** The report as a text, and what the verb does with it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { marked } from 'marked';
import { openJournal, readJournal, type Written } from '../../../scripts/chaos/journal.ts';
import { layOut } from '../../../scripts/chaos/report/bars.ts';
import { contentsOf } from '../../../scripts/chaos/report/contents.ts';
import type { FaultMeasures } from '../../../scripts/chaos/report/fault-measures.ts';
import { renderHtml } from '../../../scripts/chaos/report/html.ts';
import { renderMarkdown } from '../../../scripts/chaos/report/markdown.ts';
import { measure } from '../../../scripts/chaos/report/measure.ts';
import { reportVerb, writeReports } from '../../../scripts/chaos/report/report.ts';
import { roundTicks, timeTicks } from '../../../scripts/chaos/report/scale.ts';
import { pathOf, speedRuns } from '../../../scripts/chaos/report/speed-line.ts';
import { DARK, LIGHT, type Palette } from '../../../scripts/chaos/report/style.ts';
import { clock, duration, percent } from '../../../scripts/chaos/report/words.ts';
import { UsageError } from '../../../scripts/lib/command-line.ts';
import { temporaryFolder } from '../../../testkit/machine.ts';

const signal = new AbortController().signal;

const VICTIMS = ['<script>alert(1)</script>', 'a|b', '`c` *d* _e_ [f](g) ~h~ \\ &amp;', 'x\n| y\u001b[31m'];

/** One fault that came on, one that was refused, and names that would break anything. */
const entries: readonly Written[] = ([
  [0, {
    ...{ kind: 'begin', run: '<r> & |1|', seed: 42, hypothesis: ['speed>=3', 'a `b` c'], plan: [] },
    args: ['run', '--for', '10m', "it's"],
    inventory: VICTIMS.map((name) => ({ name, kind: 'container', group: 'g|h', site: 'this engine' })),
  }],
  [1000, { kind: 'sample', phase: 'during', ok: true, speed: 10, checks: [{ name: 'a|b', ok: true, found: '' }] }],
  [1500, { kind: 'fault', number: 1, fault: 'kill', victims: VICTIMS, word: 'on', why: '' }],
  [2000, { kind: 'sample', phase: 'during', ok: false, speed: 2, checks: [{ name: 'a|b', ok: false, found: '' }] }],
  [2500, { kind: 'fault', number: 1, fault: 'kill', victims: VICTIMS, word: 'off', why: '' }],
  [3000, { kind: 'sample', phase: 'after', ok: true, speed: 9, checks: [] }],
  [3500, { kind: 'fault', number: 2, fault: 'cpu', victims: ['rng:1'], word: 'refused', why: 'no <b>|</b>' }],
  [4000, {
    kind: 'ledger',
    phase: 'after',
    lost: 0,
    duplicated: 1,
    unexplained: 0,
    indeterminate: 0,
    problems: ['# <i>'],
  }],
  [5000, { kind: 'end', outcome: 'deviated', why: 'a|b did not hold' }],
] as const).map((
  [ms, entry],
) => ({ at: new Date(Date.UTC(2026, 10, 25) + ms).toISOString(), ms, ...entry } as Written));

const contents = () => contentsOf(measure(entries), 'a journal.ndjson');

async function journalFile(t: Parameters<typeof temporaryFolder>[0], text?: string): Promise<string> {
  const file = join(await temporaryFolder(t), 'run.ndjson');
  writeFileSync(file, text ?? entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return file;
}

/** What stands between these tags, as the text that a reader sees. */
function textsOf(html: string, tag: string): string[] {
  const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
  return [...html.matchAll(new RegExp(`<${tag}[ >][^]*?</${tag}>`, 'g'))].map(([text]) =>
    text.replaceAll(/<[^>]*>/g, '').replaceAll(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => signs[name]!)
  );
}

test('the Markdown says what was tried, what was found, and how to do it again', () => {
  const text = renderMarkdown(contents());
  assert.match(text, /^# Chaos run \\<r> \\& \\\|1\\\|: the hypothesis did not hold$/m);
  assert.match(text, /, with seed 42 and 4 targets: g\\\|h \(4\)\. The hypothesis: `speed>=3`, `` a `b` c ``\. /);
  assert.match(text, / What was typed: `run --for 10m 'it'\\''s'`\.$/m);
  assert.match(
    text,
    /^The hypothesis did not hold: a\\\|b did not hold\. Of 0 faults planned 1 came on; 1 refused\. /m,
  );
  assert.match(text, / The hypothesis held for 50\.0% of 2\.0 s\. Hashes a second: – before, 6\.00 on average/);
  assert.match(text, /^\.\/scripts\/chaos\.mjs run --replay 'a journal\.ndjson'$/m);
  // deno-lint-ignore no-control-regex -- what a terminal would obey is what must not be there
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f]/);
});

test('whatever stands in a journal, Markdown and HTML have the same tables', async () => {
  const { tables } = contents();
  // A blank is what HTML makes of several.
  const wanted = tables.flatMap(({ rows, columns }) =>
    rows.length === 0 ? [] : [...columns.map(({ title }) => title), ...rows.flat()]
  )
    .map((cell) => cell.replaceAll(/\p{Cc}+/gu, ' '));
  const fromMarkdown = await marked.parse(renderMarkdown(contents()), { gfm: true });
  const html = renderHtml(entries, measure(entries), contents());
  for (const document of [fromMarkdown, html.replaceAll(/\p{Cc}+/gu, ' ')]) {
    assert.doesNotMatch(document, /<(script|b|i|em|a|del)[ >]/);
    assert.deepEqual(textsOf(document, 't[hd]'), wanted);
  }
  assert.deepEqual(textsOf(fromMarkdown, 'li'), ['# <i>']);
});

test('the same journal makes the same report, to the byte', () => {
  const make = () => {
    const copy = structuredClone(entries);
    return [
      renderMarkdown(contentsOf(measure(copy), 'j')),
      renderHtml(copy, measure(copy), contentsOf(measure(copy), 'j')),
    ];
  };
  assert.deepEqual(make(), make());
});

test('a journal with nothing but its begin is reported', () => {
  const only = entries.slice(0, 1);
  const text = renderMarkdown(contentsOf(measure(only), 'j'));
  assert.match(text, /^# .*: interrupted$/m);
  assert.match(text, /^Interrupted: its journal has no end\. .*Nobody looked while there were faults\.$/m);
  assert.equal(text.match(/No fault came on\./g)?.length, 2);
  assert.doesNotMatch(renderHtml(only, measure(only), contentsOf(measure(only), 'j')), /NaN|Infinity|undefined/);
});

test('report prints the Markdown', async (t) => {
  const file = await journalFile(t);
  const { written, code } = await run(t, [file]);
  assert.equal(code, 0);
  assert.equal(written, renderMarkdown(contentsOf(measure(entries), file)));
});

test('report --json prints the measures; what is not known is null', async (t) => {
  const { written, code } = await run(t, [await journalFile(t), '--json']);
  const { availability, betweenMs, faults: [one], speed } = JSON.parse(written);
  assert.deepEqual([code, availability, betweenMs, one.detectMs, one.recoverMs], [0, 0.5, null, 500, 500]);
  assert.deepEqual(speed, { before: null, mean: 6, least: 2, after: 9 });
});

test('report --html --markdown writes both, and prints nothing', async (t) => {
  const file = await journalFile(t);
  const { written } = await run(t, [file, '--html', `${file}.html`, '--markdown', `${file}.md`]);
  assert.equal(written, '');
  assert.equal(readFileSync(`${file}.md`, 'utf8'), renderMarkdown(contentsOf(measure(entries), file)));
  assert.match(readFileSync(`${file}.html`, 'utf8'), /^<!doctype html>\n<html lang="en">/);
});

test('report takes one journal, and nothing else for one', async (t) => {
  const missing = join(await temporaryFolder(t), 'none');
  const other = await journalFile(t, '{"kind":"end"}\n');
  await assert.rejects(run(t, []), new UsageError('report takes one journal; got ""'));
  await assert.rejects(run(t, ['a', 'b']), new UsageError('report takes one journal; got "a b"'));
  await assert.rejects(run(t, [missing]), { name: 'UsageError', message: /^Cannot read .*none: ENOENT/ });
  const message = `${other} is no journal of chaos.mjs: it does not begin with one`;
  await assert.rejects(run(t, [other, '--html', `${other}.html`]), new UsageError(message));
  assert.equal(existsSync(`${other}.html`), false);
});

test('writeReports() writes both beside the journal that it names', async (t) => {
  const base = join(await temporaryFolder(t), 'run');
  const journal = openJournal(`${base}.ndjson`);
  for (const { at: _, ms: __, ...entry } of entries) journal.write(entry);
  assert.deepEqual(writeReports(readJournal(journal.file), base), [`${base}.md`, `${base}.html`]);
  assert.match(
    readFileSync(`${base}.md`, 'utf8'),
    new RegExp(`^\\./scripts/chaos\\.mjs run --replay ${base}\\.ndjson$`, 'm'),
  );
  writeReports(entries, base, { journal: 'elsewhere' });
  assert.match(readFileSync(`${base}.html`, 'utf8'), /--replay elsewhere</);
});

/** The verb in this process, and what it has printed. */
async function run(t: { mock: typeof import('node:test').mock }, args: readonly string[]) {
  const texts: string[] = [];
  const { mock } = t.mock.method(process.stdout, 'write', (text: string) => texts.push(text) > 0);
  try {
    const code = await reportVerb(args, signal);
    return { code, written: texts.filter((text) => typeof text === 'string').join('') };
  } finally {
    mock.restore();
  }
}

test('times and shares as they are read', () => {
  assert.deepEqual([0, 449, 99_949, 99_950, 3_599_499, 3_600_000, 7_499_999].map(duration), [
    ...['0.0 s', '0.4 s', '99.9 s', '1 min 40 s', '59 min 59 s', '1 h 0 min', '2 h 5 min'],
  ]);
  assert.deepEqual([0, 59_999, 60_000, 3_661_000].map(clock), ['0:00', '0:59', '1:00', '1:01:01']);
  assert.deepEqual([0, 0.29, 0.9999, 1, undefined].map(percent), ['0.0%', '29.0%', '99.9%', '100.0%', '–']);
});

test('axes have round ticks', () => {
  assert.deepEqual(roundTicks(10.2), [0, 2, 4, 6, 8, 10, 12]);
  assert.deepEqual(roundTicks(1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(roundTicks(0.3), [0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]);
  assert.deepEqual(roundTicks(4_000_000), [0, 1e6, 2e6, 3e6, 4e6]);
  assert.deepEqual(timeTicks(125_000, 5), [0, 30_000, 60_000, 90_000, 120_000]);
  assert.deepEqual(timeTicks(10 * 86_400_000, 5).map((ms) => ms / 86_400_000), [0, 2, 4, 6, 8, 10]);
});

test('the line is broken where the speed is not known, and keeps its lows', () => {
  const watched = [1, 2, null, 3, 0, 9, 8, 7, 6].map((speed, at) => ({
    sample: { kind: 'sample', phase: 'during', ok: true, speed, checks: [], at: '', ms: at } as const,
    ...{ forMs: 1, unknownMs: 0 },
  }));
  const place = (_: number, y: number) => ({ x: 5, y });
  assert.equal(pathOf(speedRuns(watched, place)), 'M5.0 1.0L5.0 2.0M5.0 3.0L5.0 0.0L5.0 9.0L5.0 6.0');
  const asleep = [{ ...watched[0]!, unknownMs: 50_000 }, watched[1]!];
  assert.equal(pathOf(speedRuns(asleep, place)), 'M5.0 1.0h0M5.0 2.0h0');
});

test('labels say less where more would need too many lanes', () => {
  const faults = Array.from({ length: 40 }, (_, at): FaultMeasures => ({
    ...{ number: at + 1, fault: 'partition', victims: ['worker:1', 'worker:2'], end: 'off', onMs: at * 1000 },
    ...{ offMs: at * 1000 + 500, detectMs: undefined, recoverMs: 0, wasOvercome: false, leastSpeed: undefined },
    ...{ beganUnwell: false, isUnseen: false, beside: [] },
  }));
  const labels = (width: number) =>
    layOut(faults, { x: (ms) => ms * width / 40_000, width, untilMs: 40_000 }).map(({ label }) => label);
  assert.equal(labels(3000)[0], '1 partition worker:1 +1');
  assert.equal(labels(1500)[0], '1 partition');
  assert.equal(labels(340)[0], '1');
  assert.equal(labels(60)[0], '');
});

/** Contrast of two colours (WCAG 2.2, 1.4.3). */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)).map((value) =>
      value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4
    );
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

test('letters and lines stand out from what is behind them, light and dark', () => {
  const weak = ([['light', LIGHT], ['dark', DARK]] as readonly (readonly [string, Palette])[]).flatMap((
    [name, palette],
  ) =>
    (['ink', 'faint', 'speed', 'bar', 'held', 'failed', 'limit'] as const).flatMap((colour) =>
      [palette.paper, palette.panel].map((ground) => contrast(palette[colour], ground)).some((ratio) => ratio < 4.5)
        ? [`${name} ${colour}`]
        : []
    )
  );
  assert.deepEqual(weak, []);
});
