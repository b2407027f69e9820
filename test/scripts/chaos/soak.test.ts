/** Three minutes of what `npm run soak` does for as long as it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unlessDocker } from '../../../testkit/docker.ts';
import { type Holding, judgeHoldings, type Look, unlessHost } from '../../../testkit/holdings.ts';
import { soak } from '../../../testkit/soak.ts';

const SOAK = { forMs: 180_000, seed: 7 };

/** A look each 2 s at a container with a connection for each of three workers. */
function looks(count: number, holding: (at: number) => Partial<Holding> = () => ({})): Look[] {
  return Array.from({ length: count }, (_, at) => ({
    ...{ container: 'rng:1', startedAt: 1_000_000, at: 1_000_000 + at * 2000 },
    ...{ processes: 1, files: 22, connections: 3, megabytes: 80, ...holding(at) },
  }));
}

test('what stays as it was is no leak; what only comes and goes is none', () => {
  const { leaks, compared } = judgeHoldings(
    looks(60, (at) => ({ processes: at % 5 === 0 ? 2 : 1, files: 22 + at % 3 })),
  );
  assert.deepEqual([leaks, compared], [[], ['rng:1']]);
});

test('what grows slowly all the time is a leak, of each kind', () => {
  const grows = looks(60, (at) => ({
    ...{ processes: 1 + Math.floor(at / 40), files: 22 + Math.floor(at / 5) },
    ...{ connections: 3 + Math.floor(at / 5), megabytes: 80 + at },
  }));
  assert.deepEqual(judgeHoldings(grows).leaks, [
    'rng:1 has 2 processes 118 s after its start, and had 1',
    'rng:1 has 33 files 118 s after its start, and had 24',
    'rng:1 has 14 connections 118 s after its start, and had 5',
    'rng:1 has 137 megabytes 118 s after its start, and had 92',
  ]);
});

test('a container is compared with itself since its last start, and not at all soon after it', () => {
  const before = looks(60, () => ({ megabytes: 20 }));
  const again = (count: number): Look[] =>
    looks(count).map((look) => ({ ...look, startedAt: look.startedAt + 120_000, at: look.at + 120_000 }));
  assert.deepEqual(judgeHoldings([...before, ...again(60)]).leaks, []);
  assert.deepEqual(judgeHoldings([...before, ...again(60)]).compared, ['rng:1']);
  assert.deepEqual(judgeHoldings([...before, ...again(15)]).compared, []);
});

test('minutes of faults: nothing is lost, nothing leaks', { skip: unlessDocker || unlessHost }, async (t) => {
  const { problems, summary } = await soak(t, { ...SOAK, tell: (line) => t.diagnostic(line), signal: t.signal });
  for (const line of summary.split('\n')) t.diagnostic(line);
  assert.deepEqual(problems, []);
});
