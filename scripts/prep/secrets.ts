/** Passwords: where one comes from, and those that are made for the clusters. */
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../lib/command-line.ts';
import { offerPassword, type Password } from '../lib/fan-out/password.ts';
import { WORKSHOP_FOLDER } from '../lib/room/journal.ts';
import { askSecret } from '../lib/ask.ts';

export const passwordFlags = { 'password-fd': { type: 'string' } } as const;

interface PasswordValues {
  readonly 'password-fd'?: string | undefined;
}

/** Gives an action the password of the machines' image: of a file descriptor, of SSHPASS, or, if it must be, asked for. */
export async function withPassword<T>(
  values: PasswordValues,
  { isAsked }: { readonly isAsked: boolean },
  action: (password: Password | undefined, text: string | undefined) => Promise<T>,
): Promise<T> {
  const text = givenPassword(values) ?? (isAsked ? await askSecret('Password of the machines') : undefined);
  if (text === undefined) return await action(undefined, undefined);
  const password = await offerPassword(text);
  try {
    return await action(password, text);
  } finally {
    await password.close();
  }
}

function givenPassword({ 'password-fd': number }: PasswordValues): string | undefined {
  if (number === undefined) return process.env.SSHPASS;
  if (!/^\d+$/.test(number)) {
    throw new UsageError(`--password-fd must be the number of an open file; got ${JSON.stringify(number)}`);
  }
  const text = readFileSync(Number(number), 'utf8').split('\n', 1)[0]!;
  if (text === '') throw new UsageError(`--password-fd ${number} has no first line`);
  return text;
}

/**
 * Letters that are the same keys on AZERTY, QWERTZ and QWERTY keyboards, without those that look like a digit: 18 of
 * them, so that 12 are 50 bits.
 */
const LETTERS = 'bcdefghijknprstuvx';
const LENGTH = 12;

export function makePassword(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

const FILE = join(WORKSHOP_FOLDER, 'passwords.json');

/** By cluster. The only file of ours that holds secrets; it is for you alone. */
export function readPasswords(): Map<string, string> {
  if (!existsSync(FILE)) return new Map();
  return new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>));
}

/** Those that have none yet get one, and all are written down before any machine hears of them. */
export function passwordsFor(clusters: readonly string[]): Map<string, string> {
  const passwords = readPasswords();
  const without = clusters.filter((name) => !passwords.has(name));
  if (without.length === 0) return passwords;
  for (const name of without) passwords.set(name, makePassword());
  mkdirSync(WORKSHOP_FOLDER, { recursive: true, mode: 0o700 });
  writeFileSync(`${FILE}.new`, `${JSON.stringify(Object.fromEntries(passwords), null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(`${FILE}.new`, FILE);
  return passwords;
}
