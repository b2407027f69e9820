/** What a bench gives, and how it is printed. */
import type { Scope } from '../../testkit/machine.ts';

export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** This figure divided by that of a peer, measured in the same run. */
  readonly ratio?: Readonly<Record<string, number>>;
}

export interface BenchOptions {
  /** What is started ends with it. */
  readonly scope: Scope;
  readonly isQuick: boolean;
  readonly peer: string | undefined;
  readonly report: (figure: Figure) => void;
  /** Says what is under way. */
  readonly say: (text: string) => void;
}

export type Bench = (options: BenchOptions) => Promise<void>;

export function printFigure({ name, unit, value, ratio }: Figure, isJson: boolean): void {
  const figure = {
    name,
    unit,
    value: rounded(value),
    ...(ratio
      ? { ratio: Object.fromEntries(Object.entries(ratio).map(([peer, times]) => [peer, rounded(times)])) }
      : {}),
  };
  if (isJson) return void process.stdout.write(`${JSON.stringify(figure)}\n`);
  const ratios = Object.entries(figure.ratio ?? {}).map(([peer, times]) => `  (${times} x ${peer})`).join('');
  process.stdout.write(`${name.padEnd(52)} ${String(figure.value).padStart(10)} ${unit}${ratios}\n`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Runs all of them in turn, `rounds` times over (A B A B …), so that a machine which slows down slows all of them, and
 * gives the results of each.
 */
export async function inTurns<Measures extends Readonly<Record<string, () => Promise<unknown>>>>(
  measures: Measures,
  rounds: number,
): Promise<{ [Name in keyof Measures]: Awaited<ReturnType<Measures[Name]>>[] }> {
  const results = Object.fromEntries(Object.keys(measures).map((name) => [name, [] as unknown[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) results[name]!.push(await measure());
  }
  return results as { [Name in keyof Measures]: Awaited<ReturnType<Measures[Name]>>[] };
}

/** The median of a's results, each divided by b's of the same round. */
export function medianRatio(a: readonly number[], b: readonly number[]): number {
  return median(a.map((value, round) => value / b[round]!));
}

/** How long it takes. */
export async function seconds(action: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await action();
  return (performance.now() - from) / 1000;
}
