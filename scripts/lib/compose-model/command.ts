/** What a container runs, from the ways in which it may be written. */
import { countOf, fieldOf, itemsOf, maybe, textOf, textsOf, timeOf } from './fields.ts';
import type { Command, Healthcheck } from './model.ts';
import { ComposeFileError, type Mapping, type Tree } from './tree.ts';

/** A text is words, as a shell would part them; no shell runs it. That is Compose's way, and not the Dockerfile's. */
export function commandOf(tree: Tree, what: string): Command {
  if (tree.kind === 'list') return { kind: 'exec', words: textsOf(tree, what) };
  const words = splitWords(textOf(tree, what));
  if (words) return { kind: 'exec', words };
  throw new ComposeFileError(tree.at, `${what} has a quote that is not closed`);
}

/** By blanks, but for those in quotes and behind a backslash; undefined where a quote is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === '\\' && at + 1 < line.length) word = (word ?? '') + line[++at]!;
    else if (char === "'" || char === '"') {
      const { text, end } = quoted(line, at) ?? {};
      if (text === undefined) return undefined;
      word = (word ?? '') + text;
      at = end!;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

/** What stands between the quote at `from` and the next one. */
function quoted(line: string, from: number): { readonly text: string; readonly end: number } | undefined {
  const quote = line[from];
  let text = '';
  for (let at = from + 1; at < line.length; at++) {
    const char = line[at]!;
    if (char === quote) return { text, end: at };
    // Between double quotes a backslash is one, but before these.
    text += quote === '"' && char === '\\' && /["\\$`]/.test(line[at + 1] ?? '') ? line[++at]! : char;
  }
  return undefined;
}

export interface ReadHealthcheck {
  readonly healthcheck: Healthcheck | undefined;
  readonly isHealthcheckOff: boolean;
}

export function healthcheckOf(service: Mapping): ReadHealthcheck {
  const tree = fieldOf(service, 'healthcheck');
  if (tree === undefined) return { healthcheck: undefined, isHealthcheckOff: false };
  if (tree.kind !== 'mapping') throw new ComposeFileError(tree.at, 'healthcheck is a mapping, such as test: …');
  const isOff = maybe(tree, 'disable', textOf) === 'true';
  const test = fieldOf(tree, 'test');
  const command = test && testOf(test);
  if (isOff || command === 'none') return { healthcheck: undefined, isHealthcheckOff: true };
  if (command === undefined) return { healthcheck: undefined, isHealthcheckOff: false };
  return {
    // For these, 0 is "nothing was said" (Docker's HealthConfig: "Zero means inherit").
    healthcheck: {
      test: command,
      intervalMs: maybe(tree, 'interval', timeOf) || undefined,
      timeoutMs: maybe(tree, 'timeout', timeOf) || undefined,
      startPeriodMs: maybe(tree, 'start_period', timeOf),
      retries: maybe(tree, 'retries', countOf) || undefined,
    },
    isHealthcheckOff: false,
  };
}

function testOf(tree: Tree): Command | 'none' {
  if (tree.kind === 'scalar') return { kind: 'shell', line: textOf(tree, 'healthcheck.test') };
  const [kind, ...words] = itemsOf(tree, 'healthcheck.test').map((item) => textOf(item, 'each of healthcheck.test'));
  if (kind === 'NONE') return 'none';
  if (kind === 'CMD' && words.length > 0) return { kind: 'exec', words };
  if (kind === 'CMD-SHELL' && words.length === 1) return { kind: 'shell', line: words[0]! };
  throw new ComposeFileError(
    tree.at,
    `healthcheck.test is a text, or begins with NONE, CMD or CMD-SHELL; got ${JSON.stringify(kind ?? '')}`,
  );
}
