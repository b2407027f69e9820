/** What stands on the cards besides names and figures, in a language. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { asUsage, UsageError } from '../../lib/command-line.ts';
import { parseYaml } from '../../lib/parse-yaml.ts';

/** A file of the instructor's with more languages, beside ips.txt. */
export const WORDS_FILE = 'words.yml';

const ENGLISH = {
  /** Or `rtl`: the language is written from right to left. */
  direction: 'ltr',
  seat: 'Seat',
  instructor: 'Instructor',
  spare: 'Spare',
  login: 'Log in to node1',
  password: 'Password',
  noPassword: 'with your key',
  fingerprint: 'Fingerprint of node1',
  compare: 'Say yes to this one only',
  network: 'Wifi',
  page: 'The chapters',
  token: 'any name, and this password',
  sheet: 'For the instructor alone',
  nodes: 'Nodes',
};

export type Words = Readonly<Record<keyof typeof ENGLISH, string>>;

const FRENCH: Words = {
  direction: 'ltr',
  seat: 'Place',
  instructor: 'Formateur',
  spare: 'Réserve',
  login: 'Se connecter à node1',
  password: 'Mot de passe',
  noPassword: 'avec votre clé',
  fingerprint: 'Empreinte de node1',
  compare: 'Répondre yes à celle-ci seulement',
  network: 'Wifi',
  page: 'Les chapitres',
  token: 'un nom au choix, et ce mot de passe',
  sheet: 'Réservé au formateur',
  nodes: 'Nœuds',
};

const OURS: Readonly<Record<string, Words>> = { en: ENGLISH, fr: FRENCH };

/**
 * Those of a language such as `fr`, or `fr-CA` if only `fr` is there; what is in words.yml comes before ours.
 *
 * @throws UsageError for a language that nobody has, and for a file that has it and cannot be read
 */
export async function wordsFor(language: string): Promise<Words> {
  const own = existsSync(WORDS_FILE) ? parseWords(await readFile(WORDS_FILE, 'utf8')) : {};
  const all: Readonly<Record<string, Words>> = { ...OURS, ...own };
  const found = [language, language.split('-')[0]!].find((name) => Object.hasOwn(all, name));
  if (found !== undefined) return all[found]!;
  throw new UsageError(
    `There are no words for the language ${JSON.stringify(language)}: there are ${Object.keys(all).join(', ')}, ` +
      `and ${WORDS_FILE} may have more, such as \`de: { seat: Platz, … }\``,
  );
}

/** @throws UsageError naming the language, and the word that is missing or that nobody knows */
export function parseWords(yaml: string): Record<string, Words> {
  const wrong = (what: string): never => {
    throw new UsageError(`Cannot read ${WORDS_FILE}: ${what}`);
  };
  const found = asUsage(() => parseYaml(yaml, WORDS_FILE)) ?? {};
  if (typeof found !== 'object' || Array.isArray(found)) return wrong('it holds languages, each with its words');
  const names = Object.keys(ENGLISH);
  return Object.fromEntries(
    Object.entries(found as object).map(([language, given]) => {
      const words = (typeof given === 'object' ? given ?? {} : {}) as Record<string, unknown>;
      const stranger = Object.keys(words).find((name) => !names.includes(name));
      if (stranger !== undefined) wrong(`${language} has no word ${stranger}; there are ${names.join(', ')}`);
      const whole: Record<string, unknown> = { direction: 'ltr', ...words };
      for (const name of names) {
        const isRight = typeof whole[name] === 'string' && /^[^\p{Cc}]{1,60}$/u.test(whole[name]);
        if (!isRight) wrong(`${language} needs ${name}: text in one line, at most 60 characters`);
      }
      if (!['ltr', 'rtl'].includes(whole.direction as string)) wrong(`${language}: direction is ltr or rtl`);
      return [language, whole as Words];
    }),
  );
}
