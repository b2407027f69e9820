/** Candidates a second, in one thread beside all who can compute sha256, and in all threads beside one. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, type Scope, temporaryFolder } from '../testkit/machine.ts';
import { startProgram } from '../testkit/program.ts';
import { commandOn, type Runtime } from '../testkit/role.ts';
import { type BenchOptions, median, medianRatio } from './lib/figure.ts';
import { findDeno, findNode } from './lib/runtimes.ts';

interface Race {
  readonly kernel: string;
  readonly threads: number;
  /** Candidates a second of each round, by contender. */
  readonly results: Readonly<Record<string, readonly number[]>>;
}

export async function benchKernel({ scope, isQuick, report, say }: BenchOptions): Promise<void> {
  const [rounds, seconds] = isQuick ? [2, 0.3] : [7, 1];
  const program = await compileLimit(scope, say);
  const runtimes = { 'Node 24': findNode(24), 'Node 26': findNode(26), 'Deno': findDeno() };
  for (const [name, runtime] of Object.entries(runtimes)) {
    if (!runtime) continue;
    say(`${name}: ${rounds} rounds of ${seconds} s for each contender …`);
    const { kernel, threads, results } = await race(scope, runtime, [rounds, seconds, ...program]);
    const { ours, '1 thread': one, 'all threads': all, ...others } = results as Record<string, number[]>;
    const known = Object.entries(others).filter(([, rates]) => rates.every((rate) => rate > 0));
    report({
      name: `${kernel} on ${name}: one thread`,
      unit: 'candidates/s',
      value: median(ours!),
      ratio: Object.fromEntries(known.map(([other, rates]) => [other, medianRatio(ours!, rates)])),
    });
    report({
      name: `${kernel} on ${name}: ${threads} threads of the pool`,
      unit: 'candidates/s',
      value: median(all!),
      ratio: { 'one thread of the pool': medianRatio(all!, one!) },
    });
    for (const [other, rates] of known) {
      report({ name: `${other}, seen from ${name}`, unit: 'candidates/s', value: median(rates) });
    }
  }
}

async function race(scope: Scope, runtime: Runtime, args: readonly (number | string)[]): Promise<Race> {
  const file = join(ROOT, 'bench', 'kernel-race.ts');
  // Deno knows the packages of bench/ only when it does not read the project's deno.json.
  const command = runtime.name === 'deno'
    ? [runtime.path, 'run', '--quiet', '--allow-all', '--no-config', '--node-modules-dir=manual', file]
    : commandOn(runtime, file);
  const child = startProgram(scope, [...command, ...args.map(String)]);
  const { code } = await child.exited;
  const result = child.output.at(-1);
  if (code !== 0 || result === undefined) throw new Error(`${runtime.path} failed:\n${child.lines.join('\n')}`);
  return JSON.parse(result) as Race;
}

/** The C program, or nothing where there is no compiler or no SHA instructions. */
async function compileLimit(scope: Scope, say: (text: string) => void): Promise<string[]> {
  const [source, program] = [
    join(ROOT, 'bench', 'peers', 'sha-ni-2way.c'),
    join(await temporaryFolder(scope), 'limit'),
  ];
  const { status } = spawnSync('cc', ['-O3', '-msha', '-mssse3', '-msse4.1', '-o', program, source]);
  if (status === 0 && spawnSync(program, ['0']).status === 0) return [program];
  say('without sha-ni-2way: no C compiler, or a processor without SHA instructions');
  return [];
}
