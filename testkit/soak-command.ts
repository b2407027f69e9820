/** `npm run soak`: what the test of the same name does, for as long as it is told, and said while it goes on. */
import { parseArgs } from 'node:util';
import { asUsage, endingWell, EXIT, parseCount } from '../scripts/lib/command-line.ts';
import { parseTime } from '../scripts/lib/parse-time.ts';
import { unlessDocker } from './docker.ts';
import { unlessHost } from './holdings.ts';
import { soak } from './soak.ts';

const FLAGS = { for: { type: 'string', default: '10m' }, seed: { type: 'string', default: '7' } } as const;

export async function main(args: readonly string[]): Promise<number> {
  return await endingWell(async (signal) => {
    const { values } = asUsage(() => parseArgs({ args: [...args], options: FLAGS }));
    const options = { forMs: parseTime('--for', values.for), seed: parseCount('--seed', values.seed) };
    const missing = unlessDocker || unlessHost;
    if (missing) throw new Error(missing);
    const actions: (() => unknown)[] = [];
    const from = performance.now();
    const tell = (line: string): void =>
      void process.stderr.write(`${((performance.now() - from) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);
    const scope = { after: (action: () => unknown) => void actions.push(action) };
    try {
      const { problems, summary } = await soak(scope, { ...options, tell, signal });
      process.stdout.write(`${summary}\n${problems.map((problem) => `PROBLEM: ${problem}\n`).join('')}`);
      return problems.length === 0 ? EXIT.done : EXIT.failed;
    } finally {
      for (const action of actions.reverse()) await action();
    }
  });
}
