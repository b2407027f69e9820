/** Runs many stories on all cores, tells how it goes, and how to see a failure again. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { type PlantedBug, plantedBugs } from './planted-bugs.ts';
import { runSchedule } from './schedule.ts';
import type { Tally, Task } from './thread.ts';

interface Arguments {
  readonly schedules: number;
  readonly seed: number;
  readonly bug: PlantedBug | undefined;
  readonly isTraced: boolean;
  readonly isJson: boolean;
}

/** Failures that are shown; the rest is counted. */
const SHOWN_FAILURES = 5;

/** Gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args);
  if (typeof parsed === 'string') {
    process.stderr.write(`${parsed}\n`);
    return 2;
  }
  return parsed.isTraced ? await trace(parsed) : await simulate(parsed);
}

async function simulate({ schedules, seed, bug, isJson }: Arguments): Promise<number> {
  const started = performance.now();
  const tally = await runAll({ schedules, seed, bug }, (done) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${schedules} schedules …`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  const seconds = (performance.now() - started) / 1000;
  const { failures, acknowledged, lost, rollbacks } = tally;
  const summary = { schedules, seed, failures: failures.length, acknowledged, rollbacks, lost, seconds };
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ ...summary, failedSeeds: failures.map(({ seed }) => seed) })}\n`);
  } else process.stdout.write(inWords(summary));
  for (const { seed, violations } of failures.slice(0, SHOWN_FAILURES)) {
    const again = `npm run simulate -- --schedules 1 --seed ${seed} --trace${bug ? ` --bug ${bug}` : ''}`;
    process.stdout.write(`seed ${seed}: ${violations.join('; ')}\n  see it again: ${again}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

function inWords(summary: Record<string, number>): string {
  const { schedules, acknowledged, rollbacks, lost, failures, seconds } = summary as Record<string, number>;
  const perMinute = Math.round((schedules! / seconds!) * 60);
  return `${schedules} schedules in ${seconds!.toFixed(1)} s (${perMinute} a minute): ` +
    `${acknowledged} batches acknowledged, ${rollbacks} crashes of the store, ${lost} batches lost and counted\n` +
    `${failures} of them broke a rule\n`;
}

/** All stories from `seed` on, spread over the cores. */
export async function runAll(
  { schedules, seed, bug }: Pick<Arguments, 'schedules' | 'seed' | 'bug'>,
  onProgress: (done: number) => void = () => {},
): Promise<Tally> {
  const threads = Math.min(schedules, availableParallelism());
  const tallies = new Map<number, Tally>();
  await Promise.all(Array.from({ length: threads }, (_, at) =>
    new Promise<void>((resolve, reject) => {
      const workerData: Task = { first: seed + at, step: threads, end: seed + schedules, bug };
      const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
      worker.on('message', (tally: Tally) => {
        tallies.set(at, tally);
        onProgress([...tallies.values()].reduce((sum, { done }) => sum + done, 0));
      });
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    })));
  const all = [...tallies.values()];
  const sum = (name: 'done' | 'acknowledged' | 'lost' | 'rollbacks'): number =>
    all.reduce((sum, one) => sum + one[name], 0);
  const failures = all.flatMap(({ failures }) => failures).sort((a, b) => a.seed - b.seed);
  return {
    done: sum('done'),
    acknowledged: sum('acknowledged'),
    lost: sum('lost'),
    rollbacks: sum('rollbacks'),
    failures,
  };
}

async function trace({ schedules, seed, bug }: Arguments): Promise<number> {
  let failed = 0;
  for (let at = seed; at < seed + schedules; at++) {
    const { story, violations } = await runSchedule(at, {
      keepsStory: true,
      ...(bug ? { parts: plantedBugs[bug] } : {}),
    });
    const end = violations.length === 0 ? 'no rule was broken' : violations.join('\n');
    process.stdout.write(`seed ${at}\n${story.join('\n')}\n${end}\n`);
    if (violations.length > 0) failed++;
  }
  return failed === 0 ? 0 : 1;
}

function parseArguments(args: readonly string[]): Arguments | string {
  const values = {
    schedules: 10_000,
    seed: 1,
    bug: undefined as PlantedBug | undefined,
    isTraced: false,
    isJson: false,
  };
  for (let at = 0; at < args.length; at++) {
    const flag = args[at]!;
    if (flag === '--trace') values.isTraced = true;
    else if (flag === '--json') values.isJson = true;
    else if (flag === '--schedules' || flag === '--seed') {
      const text = args[++at] ?? '';
      if (!/^[1-9]\d{0,8}$/.test(text)) {
        return `${flag} must be a whole number from 1 to 999999999; got ${JSON.stringify(text)}`;
      }
      values[flag === '--seed' ? 'seed' : 'schedules'] = Number(text);
    } else if (flag === '--bug') {
      const text = args[++at] ?? '';
      const names = Object.keys(plantedBugs);
      if (!names.includes(text)) return `--bug must be one of ${names.join(', ')}; got ${JSON.stringify(text)}`;
      values.bug = text as PlantedBug;
    } else return `Unknown flag ${flag}: see --help`;
  }
  return values;
}
