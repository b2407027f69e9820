/** The chapters of the workshop: Markdown whose marked commands are run. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { ROOT } from '../../launch.mjs';
import { UsageError } from '../lib/command-line.ts';
import { type MarkedCommand, parseMarkedCommands } from '../lib/marked-commands.ts';

export interface Chapter {
  /** As it is called on the command line: `one-machine`. */
  readonly name: string;
  /** As the user may name it, from the working directory. */
  readonly file: string;
  readonly title: string;
  /** In all, where its title says so. */
  readonly minutes: number | undefined;
  readonly commands: readonly MarkedCommand[];
}

const FOLDER = join(ROOT, 'workshop');

/** `2-one-machine.md` */
const FILE = /^(\d+)-(.+)\.md$/;

/** In their order. @throws SyntaxError for one that cannot be read */
export function listChapters(): Chapter[] {
  return chapterFiles().map((file) => readWorkshop(file));
}

function chapterFiles(): string[] {
  const number = (file: string): number => Number(FILE.exec(file)![1]);
  return readdirSync(FOLDER).filter((file) => FILE.test(file)).sort((a, b) => number(a) - number(b));
}

/**
 * @param wanted a name, a number, or the path of a Markdown file
 * @throws UsageError when there is none; what reading it throws, SyntaxError with the line among it
 */
export function findChapter(wanted: string): Chapter {
  if (wanted.endsWith('.md')) return readChapter(resolve(wanted), wanted);
  const files = chapterFiles();
  const file = files.find((file) => FILE.exec(file)!.slice(1).includes(wanted));
  if (file !== undefined) return readWorkshop(file);
  const names = files.map((file) => FILE.exec(file)![2]).join(', ');
  throw new UsageError(
    `A chapter is one of ${names}, its number, or a path of a .md file; got ${JSON.stringify(wanted)}`,
  );
}

function readWorkshop(file: string): Chapter {
  const path = join(FOLDER, file);
  return readChapter(path, relative(process.cwd(), path));
}

function readChapter(path: string, file: string): Chapter {
  const text = readFileSync(path, 'utf8');
  try {
    const commands = parseMarkedCommands(text);
    for (const { line, words } of commands) {
      const odd = words.find((word) => !/^node[1-9]\d*$/.test(word));
      if (odd !== undefined) throw new SyntaxError(`line ${line}: a word names a node, such as node1; got ${odd}`);
    }
    const [, title = file, minutes] = /^# (.+?)(?: \((\d+) minutes\))?$/m.exec(text) ?? [];
    const name = path.split('/').at(-1)!.replace(/^\d+-|\.md$/g, '');
    return { name, file, title, minutes: minutes === undefined ? undefined : Number(minutes), commands };
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}, ${(error as Error).message}`, { cause: error });
  }
}

/** The nodes that a command runs on: those that it names, else the first. */
export function nodesOf({ words }: MarkedCommand): readonly string[] {
  return words.length === 0 ? ['node1'] : words;
}
