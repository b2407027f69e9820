/**
 * The commands of a Markdown text that are meant to be run: the fences that begin with `sh` and carry at least one
 * mark or word, such as
 *
 *     ```sh node1 exit=0 expect="/pattern/" within=30s
 *
 * Words without `=` name where it runs; a mark's value with spaces is quoted. A fence without marks is only shown.
 */
export interface MarkedCommand {
  /** Where the fence begins, counted from 1. */
  readonly line: number;
  /** The words of the fence without `=`, after `sh`. */
  readonly words: readonly string[];
  readonly marks: Marks;
  readonly command: string;
}

/** What has to come of a command. */
export interface Marks {
  /** The exit code. */
  readonly exit: number;
  /** What it has to say by its end, on stdout or stderr. */
  readonly expect?: RegExp;
  /** It runs until it has said that, and is then ended as by Ctrl-C. */
  readonly until?: RegExp;
  /** It goes on after it has said that, until the end of the text. */
  readonly keep?: RegExp;
  /** For how long it is run again while it does not do what it should. */
  readonly retryMs: number;
  /** Each run's deadline, where the text sets one. */
  readonly withinMs?: number;
}

/**
 * @throws SyntaxError naming the line of a fence that does not end, and of marks that are unknown, wrong, or do not go
 * together: a mistyped mark must not leave a command unproven
 */
export function parseMarkedCommands(markdown: string): MarkedCommand[] {
  const commands: MarkedCommand[] = [];
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const fence = /^(`{3,})(.*)$/.exec(lines[at]!);
    if (!fence) continue;
    const [, ticks, info] = fence;
    const end = lines.indexOf(ticks!, at + 1);
    if (end < 0) throw new SyntaxError(`line ${at + 1}: the fence does not end`);
    if (/^sh(\s|$)/.test(info!)) {
      const { words, marks, count } = atLine(at + 1, () => parseInfo(info!));
      const command = lines.slice(at + 1, end).join('\n');
      if (count > 0) commands.push({ line: at + 1, words, marks, command });
    }
    at = end;
  }
  return commands;
}

function atLine<T>(line: number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new SyntaxError(`line ${line}: ${(error as Error).message}`, { cause: error });
  }
}

function parseInfo(info: string): { words: string[]; marks: Marks; count: number } {
  const words: string[] = [];
  const values = new Map<string, string>();
  const rest = info.replaceAll(/(\w[\w-]*)=(?:"([^"]*)"|([^\s"]+))|([\w.:-]+)/g, (_, name, quoted, plain, word) => {
    if (word !== undefined) words.push(word);
    else if (values.has(name)) throw new SyntaxError(`the mark ${name} stands there twice`);
    else values.set(name, quoted ?? plain);
    return '';
  });
  if (rest.trim() !== '') throw new SyntaxError(`cannot read the marks ${JSON.stringify(rest.trim())}`);
  return { words: words.slice(1), marks: toMarks(values), count: words.length - 1 + values.size };
}

const KNOWN = ['exit', 'expect', 'until', 'keep', 'retry', 'within'];

function toMarks(values: ReadonlyMap<string, string>): Marks {
  for (const name of values.keys()) {
    if (!KNOWN.includes(name)) throw new SyntaxError(`a mark is one of ${KNOWN.join(', ')}; got ${name}`);
  }
  const untilOrKeep = ['until', 'keep'].find((name) => values.has(name));
  const other = [...values.keys()].find((name) => name !== untilOrKeep && name !== 'within');
  if (untilOrKeep && other) throw new SyntaxError(`${untilOrKeep} goes with within only; got ${other}`);
  const patterns = ['expect', 'until', 'keep'].filter((name) => values.has(name)).map((name) =>
    [name, parsePattern(values.get(name)!)] as const
  );
  const within = values.get('within');
  return {
    exit: parseExit(values.get('exit') ?? '0'),
    retryMs: parseDuration(values.get('retry') ?? '0s'),
    ...(within === undefined ? {} : { withinMs: parseDuration(within) }),
    ...Object.fromEntries(patterns),
  };
}

function parseExit(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 255) return Number(text);
  throw new SyntaxError(`exit is a number from 0 to 255; got ${JSON.stringify(text)}`);
}

/** `30s`, `5m`, `500ms` in ms. @throws SyntaxError for anything else */
export function parseDuration(text: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  if (!match) throw new SyntaxError(`A time is a number with ms, s, m or h; got ${JSON.stringify(text)}`);
  return Number(match[1]) * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match[2]!]!;
}

/** `/pattern/` as a regular expression. @throws SyntaxError when it is none */
export function parsePattern(text: string): RegExp {
  const match = /^\/(.+)\/([imsu]*)$/.exec(text);
  if (!match) throw new SyntaxError(`A pattern stands between slashes; got ${JSON.stringify(text)}`);
  return new RegExp(match[1]!, match[2]);
}
