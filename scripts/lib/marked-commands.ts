/**
 * The commands of a Markdown text that are meant to be run: the fences that begin with `sh` and carry at least one
 * mark, such as
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
  readonly marks: ReadonlyMap<string, string>;
  readonly command: string;
}

/**
 * @throws SyntaxError naming the line of a fence that does not end, or whose marks cannot be read
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
    const { words, marks } = parseInfo(info!, at + 1);
    if (words[0] === 'sh' && words.length + marks.size > 1) {
      commands.push({ line: at + 1, words: words.slice(1), marks, command: lines.slice(at + 1, end).join('\n') });
    }
    at = end;
  }
  return commands;
}

function parseInfo(info: string, line: number): { words: string[]; marks: Map<string, string> } {
  const words: string[] = [];
  const marks = new Map<string, string>();
  const rest = info.replaceAll(/(\w[\w-]*)=(?:"([^"]*)"|([^\s"]+))|([\w.:-]+)/g, (_, name, quoted, plain, word) => {
    if (word !== undefined) words.push(word);
    else marks.set(name, quoted ?? plain);
    return '';
  });
  if (rest.trim() !== '') throw new SyntaxError(`line ${line}: cannot read the marks ${JSON.stringify(rest.trim())}`);
  return { words, marks };
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
