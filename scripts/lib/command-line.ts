/** What all scripts have in common: verbs, flags, errors of one line, exit codes, Ctrl-C. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

export const EXIT = { done: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** Wrong usage: the script ends with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>['values'];

export interface Call<T extends Options> {
  readonly values: Values<T>;
  readonly positionals: readonly string[];
  /** Aborted by Ctrl-C and SIGTERM: what was begun is to be ended in order. A second Ctrl-C ends at once. */
  readonly signal: AbortSignal;
}

/** One thing that a script does: what it takes, and how it is run with that. */
export type Verb = (args: readonly string[], signal: AbortSignal) => Promise<number>;

/** `run` gives the exit code. */
export function verb<T extends Options>(options: T, run: (call: Call<T>) => Promise<number>): Verb {
  return async (args, signal) => {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return await run({ values: values as Values<T>, positionals, signal });
  };
}

export interface ScriptOptions {
  /** Without any argument: where you are, and the next command. Default: an error that names the verbs. */
  readonly bare?: Verb;
}

/** Runs the verb that the first argument names. Gives the exit code. */
export async function runVerb(
  verbs: Readonly<Record<string, Verb>>,
  args: readonly string[],
  { bare }: ScriptOptions = {},
): Promise<number> {
  const [name, ...rest] = args;
  return await endingWell(async (signal) => {
    if (name === undefined && bare) return await bare([], signal);
    const chosen = name === undefined || !Object.hasOwn(verbs, name) ? undefined : verbs[name];
    if (!chosen) {
      throw new UsageError(`This takes one of ${Object.keys(verbs).join(', ')}; got ${JSON.stringify(name ?? '')}`);
    }
    return await chosen(rest, signal);
  });
}

/** Runs an action; an error becomes a line on stderr and an exit code, and so does Ctrl-C. */
export async function endingWell(action: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error('Stopped by a signal'));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await action(controller.signal);
  } catch (error) {
    const { message, code } = error as Error & { code?: unknown };
    // What parseArgs says is wrong with a flag.
    const isUsage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`${message}\n`);
    if (controller.signal.aborted) return EXIT.interrupted;
    return isUsage ? EXIT.usage : EXIT.failed;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** The result on stdout: as text, or for --json as data. */
export function print({ json }: { readonly json?: boolean | undefined }, data: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(data) : text}\n`);
}

/** @throws UsageError when the text is no whole number between these; `or` says what else is taken */
export function parseCount(name: string, text: string, { least = 0, most = 10_000, or = '' } = {}): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= most) return count;
  const rule = `a whole number from ${least} to ${most}${or === '' ? '' : `, or ${or}`}`;
  throw new UsageError(`${name} must be ${rule}; got ${JSON.stringify(text)}`);
}

/** What a user wrote and cannot be read is wrong usage. @throws UsageError with what `parse` said */
export function asUsage<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
