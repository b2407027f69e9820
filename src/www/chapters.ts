/**
 * The chapters of workshop/, rendered. In the image this module is another one: the build (scripts/build/program.ts)
 * replaces it by what `readChapters` gives, so that no Markdown is there, and nothing that renders it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Marked, type Tokens } from 'marked';
import { renderChapter, type RenderedChapter } from './render-chapter.ts';

export interface Chapter extends RenderedChapter {
  /** The end of its address, such as `1-the-application`. */
  readonly slug: string;
  readonly number: number;
  /** What the class learns, as HTML; from the table of the workshop's README. */
  readonly learns: string;
}

const WORKSHOP = new URL('../../workshop/', import.meta.url);

/** `2-one-machine.md` */
const FILE = /^((\d+)-.+)\.md$/;

/**
 * Reads and renders all chapters, in their order.
 *
 * @throws Error naming the chapter that cannot be rendered, with the reason as its cause
 */
export function readChapters(folder: URL = WORKSHOP): Chapter[] {
  const learns = readLearns(new URL('README.md', folder));
  const files = readdirSync(folder).flatMap((file) => {
    const [, slug, number] = FILE.exec(file) ?? [];
    return slug === undefined ? [] : [{ file, slug, number: Number(number) }];
  });
  return files.sort((a, b) => a.number - b.number).map(({ file, ...chapter }) => {
    try {
      const rendered = renderChapter(readFileSync(new URL(file, folder), 'utf8'));
      const learnt = learns.get(file);
      if (learnt === undefined) throw new SyntaxError('the table in README.md must have a row for it');
      return { ...chapter, ...rendered, learns: learnt };
    } catch (error) {
      throw new Error(`Cannot render ${file}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** The third column of the README's table by the file that the first one points to. */
function readLearns(readme: URL): Map<string, string> {
  const marked = new Marked();
  const tables = marked.lexer(readFileSync(readme, 'utf8')).filter((token): token is Tokens.Table =>
    token.type === 'table'
  );
  const rows = tables.flatMap(({ rows }) => rows).flatMap(([chapter, , learns]) => {
    const link = chapter?.tokens[0];
    return link?.type === 'link' && learns ? [[link.href as string, marked.Parser.parseInline(learns.tokens)]] : [];
  });
  return new Map(rows as [string, string][]);
}
