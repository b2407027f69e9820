/** A conversation with Marathon, from the words of a command line to its exit code. */
import { EXIT } from '../lib/command-line.ts';
import { type AccessValues, clearTextWarning, readAccess } from './access.ts';
import { createMarathon, type Marathon } from './client.ts';
import { MarathonError } from './troubles.ts';

export interface SessionOptions {
  readonly urls: string | undefined;
  readonly values: AccessValues;
  readonly signal: AbortSignal;
}

/** Gives what `action` gives, or 3 where no master could be reached. @throws what `action` throws; UsageError */
export async function withMarathon(
  { urls, values, signal }: SessionOptions,
  action: (marathon: Marathon) => Promise<number>,
): Promise<number> {
  const access = readAccess(urls, values, process.env);
  const warning = clearTextWarning(access);
  if (warning !== undefined) process.stderr.write(`${warning}\n`);
  const marathon = createMarathon(access, signal);
  try {
    return await action(marathon);
  } catch (error) {
    if (!(error instanceof MarathonError && error.trouble.kind === 'unreachable')) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.unreachable;
  } finally {
    await marathon.close();
  }
}
