import { createInterface } from 'node:readline/promises';

/**
 * Asks for a yes on the terminal.
 *
 * @throws Error where there is nobody to ask
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Error(`${question} There is no terminal to ask on: say --yes`);
  const asker = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asker.question(`${question} [y/N] `)).trim());
  } finally {
    asker.close();
  }
}
