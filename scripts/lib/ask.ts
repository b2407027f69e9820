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

/**
 * Asks for a secret on the terminal, which shows nothing of it.
 *
 * @throws Error where there is nobody to ask, or who was asked pressed Ctrl-C
 */
export async function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new Error(`${question}: there is no terminal to ask on, so SSHPASS or --password-fd must say it`);
  }
  stderr.write(`${question}: `);
  stdin.setRawMode(true);
  let text = '';
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (const character of chunk.toString('utf8')) {
        if (character === '\r' || character === '\n' || character === '\x04') return text;
        if (character === '\x03') throw new Error('Stopped: no password was given');
        text = character === '\x7f' || character === '\b' ? text.slice(0, -1) : text + character;
      }
    }
    return text;
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
