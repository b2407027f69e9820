/**
 * A chapter's Markdown as HTML. The text is ours, so raw HTML in it (`<details>`) stays as it is; what stands in code is
 * always escaped. The marks of a command are for the program that rehearses it: a reader sees the commands, and on which
 * node they are typed.
 */
import { html as markup } from 'hono/html';
import { Marked, type RendererObject, type Token, type Tokens } from 'marked';
import { join } from 'node:path/posix';
import { commandBlock } from './command-block.ts';

export interface Section {
  /** What follows the `#` in its address: the same as on GitHub, so that a link works in both places. */
  readonly id: string;
  /** Plain text. */
  readonly title: string;
  /** How long it takes, where the chapter says so. */
  readonly minutes: number | undefined;
}

export interface RenderedChapter {
  /** Plain text. */
  readonly title: string;
  readonly minutes: number;
  /** In their order; sections of sections are not among them. */
  readonly sections: readonly Section[];
  /** All but the title. */
  readonly html: string;
}

/**
 * Renders the Markdown of a chapter.
 *
 * @throws SyntaxError when it does not begin with `# Title (N minutes)`
 */
export function renderChapter(markdown: string): RenderedChapter {
  const marked = new Marked();
  const tokens = marked.lexer(markdown);
  const [first] = tokens;
  const [, title, minutes] = (first && isHeading(first, 1) && /^(.+) \((\d+) minutes\)$/.exec(first.text)) || [];
  if (title === undefined) {
    throw new SyntaxError(`a chapter must begin with "# Title (N minutes)"; got ${JSON.stringify(first?.raw ?? '')}`);
  }
  const headings = tokens.filter((token) => isHeading(token, 2));
  const ids = uniqueIds(headings);
  marked.use({ renderer: createRenderer(ids) });
  return {
    title,
    minutes: Number(minutes),
    sections: headings.map((heading) => toSection(heading, ids.get(heading)!)),
    html: marked.parser(tokens.slice(1)),
  };
}

function isHeading(token: Token, depth: number): token is Tokens.Heading {
  return token.type === 'heading' && (token as Tokens.Heading).depth === depth;
}

function toSection({ text }: Tokens.Heading, id: string): Section {
  const [, title, minutes] = /^(.+?)(?: \((\d+) minutes?\))?$/.exec(text)!;
  return { id, title: title!.replaceAll(/[`*_]/g, ''), minutes: minutes === undefined ? undefined : Number(minutes) };
}

function uniqueIds(headings: readonly Tokens.Heading[]): Map<Token, string> {
  const times = new Map<string, number>();
  return new Map(headings.map((heading) => {
    const id = heading.text.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    const before = times.get(id) ?? 0;
    times.set(id, before + 1);
    return [heading, before === 0 ? id : `${id}-${before}`];
  }));
}

function createRenderer(ids: ReadonlyMap<Token, string>): RendererObject {
  return {
    heading(token) {
      const id = ids.get(token);
      const text = this.parser.parseInline(token.tokens).replace(/ \((\d+ minutes?)\)$/, ' <small>$1</small>');
      return `<h${token.depth}${id === undefined ? '' : ` id="${id}"`}>${text}</h${token.depth}>\n`;
    },

    code({ text, lang = '' }) {
      if (!/^sh(\s|$)/.test(lang)) return `${markup`<pre class="output" tabindex="0"><code>${text}</code></pre>`}\n`;
      return String(commandBlock(text, nodesOf(lang)));
    },

    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const target = targetOf(href);
      // What is in the repository and is no page: whoever has a clone finds it by its path.
      if (target === undefined) return `${text} (<code>${markup`${pathOf(href)}`}</code>)`;
      return `<a href="${markup`${target}`}">${text}</a>`;
    },
  };
}

/** The nodes that the mark of a command names; node1 where it names none. */
function nodesOf(lang: string): string[] {
  const words = lang.replaceAll(/\w+=("[^"]*"|\S+)/g, '').split(/\s+/).filter((word) => /^node\d+$/.test(word));
  return words.length === 0 ? ['node1'] : words;
}

/** Where a link of a chapter leads to on these pages, or undefined for a file of the repository. */
function targetOf(href: string): string | undefined {
  if (/^(https?:\/\/|mailto:|#)/.test(href)) return href;
  const [, file, anchor = ''] = /^(?:\.\/)?(\d+-[\w-]+|README)\.md(#.*)?$/.exec(href) ?? [];
  if (file === undefined) return undefined;
  return file === 'README' ? '/' : `/chapters/${file}${anchor}`;
}

/** The path of a file from the root of the repository; the chapters are in a folder of it. */
function pathOf(href: string): string {
  return join('workshop', decodeURIComponent(href));
}
