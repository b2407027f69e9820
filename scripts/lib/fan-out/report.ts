/** What became of a step on all hosts: in one line, in a table whose failures come first, in an exit code. */
import { EXIT } from '../command-line.ts';
import { formatTable } from '../table.ts';
import { countInWords } from '../words.ts';
import type { End, Result } from './fan-out.ts';

const NOT_REACHED: ReadonlySet<End> = new Set([
  ...['unreachable', 'refused', 'hangs', 'denied', 'key changed', 'key unknown', 'cut'] as const,
]);

/** Whether its script began there. */
export function wasReached(end: End): boolean {
  return !NOT_REACHED.has(end);
}

export type Told = Pick<Result, 'target' | 'end' | 'detail' | 'tries' | 'ms'>;

/** Where there are more, those that are done are only counted. */
const MOST_ROWS = 40;

/** Failures first. */
export function formatResults(results: readonly Told[]): string {
  const bad = results.filter(({ end }) => end !== 'done');
  const shown = results.length <= MOST_ROWS ? [...bad, ...results.filter(({ end }) => end === 'done')] : bad;
  const rows = shown.map(({ target, end, detail, tries, ms }) => [
    target.name,
    ...[target.host.address, end === 'done' ? 'done' : end.toUpperCase(), String(tries), `${(ms / 1000).toFixed(1)} s`],
    detail,
  ]);
  const table = rows.length === 0 ? [] : [formatTable(['host', 'address', 'state', 'tries', 'took', 'why'], rows)];
  return [...table, summarize(results)].join('\n');
}

/** `18 of 20 done, 1 failed, 1 unreachable`. */
export function summarize(results: readonly Pick<Result, 'end'>[]): string {
  const counts = new Map<End, number>();
  for (const { end } of results) counts.set(end, (counts.get(end) ?? 0) + 1);
  const done = counts.get('done') ?? 0;
  const others = [...counts].filter(([end]) => end !== 'done').map(([end, count]) => `${count} ${end}`);
  return [`${done} of ${countInWords(results.length, 'host')} done`, ...others].join(', ');
}

export function exitCodeOf(results: readonly Pick<Result, 'end'>[]): number {
  const bad = results.filter(({ end }) => end !== 'done');
  if (bad.some(({ end }) => end === 'stopped')) return EXIT.interrupted;
  if (bad.some(({ end }) => wasReached(end))) return EXIT.failed;
  return bad.length === 0 ? EXIT.done : EXIT.unreachable;
}
