/** What stands around the text of a chapter, and the pages that are no chapter. */
import { html as markup, raw } from 'hono/html';
import type { Chapter } from './chapters.ts';
import { commandBlock, type Markup } from './command-block.ts';
import type { Section } from './render-chapter.ts';

/** The address of a chapter's page. */
export function pathOfChapter({ slug }: Pick<Chapter, 'slug'>): string {
  return `/chapters/${slug}`;
}

/** The page of the chapter that stands at a place of the list. */
export function chapterPage(chapters: readonly Chapter[], at: number): string {
  const { number, title, minutes, sections, html } = chapters[at]!;
  return page(
    `${number}. ${title}`,
    markup`<main id="text" class="chapter" tabindex="-1">
<h1><span class="number">${number}</span> ${title} <small>${minutes} minutes</small></h1>
<nav class="contents" aria-labelledby="contents">
  <h2 id="contents">On this page</h2>
  <ol>
    ${sections.map(sectionLink)}
  </ol>
</nav>
${raw(html)}
<nav class="neighbours" aria-label="Chapters">
  ${neighbourLink('prev', '← before', chapters[at - 1])}
  ${neighbourLink('next', 'next →', chapters[at + 1])}
</nav>
</main>`,
  );
}

function sectionLink({ id, title, minutes }: Section): Markup {
  return markup`<li><a href="#${id}"><span>${title}</span>${minutes && markup` <small>${minutes} min</small>`}</a></li>
    `;
}

function neighbourLink(rel: 'prev' | 'next', word: string, chapter: Chapter | undefined): Markup | undefined {
  return chapter &&
    markup`<a rel="${rel}" href="${
      pathOfChapter(chapter)
    }"><small>${word}</small> ${chapter.number}. ${chapter.title}</a>`;
}

/** How the repository can be had; shown on the first page. */
export interface Cloning {
  readonly command: string;
  /** Whether git will ask for the token. */
  readonly asks: boolean;
}

/** The first page: the chapters, and how to clone the repository where that is possible. */
export function firstPage(chapters: readonly Chapter[], cloning?: Cloning): string {
  const minutes = chapters.reduce((sum, chapter) => sum + chapter.minutes, 0);
  return page(
    'The workshop',
    markup`<main id="text" class="first" tabindex="-1">
  <h1>The workshop <small>${chapters.length} chapters, ${minutes} minutes</small></h1>
  <p>Read, type what the chapter says, and look at what comes of it. A button copies the commands, so that you only have to
  paste them. Each chapter ends with a question: think before you open its answer.</p>
  <ol class="chapters">
    ${chapters.map(chapterEntry)}
  </ol>
  ${cloning && cloneSection(cloning)}
</main>`,
  );
}

function chapterEntry({ number, title, minutes, learns, slug }: Chapter): Markup {
  return markup`<li>
      <span class="number">${number}</span>
      <h2><a href="${pathOfChapter({ slug })}">${title}</a></h2>
      <small>${minutes} minutes</small>
      <p>${raw(learns)}</p>
    </li>
    `;
}

function cloneSection({ command, asks }: Cloning): Markup {
  return markup`<h2 id="clone">Get the application</h2>
  <p>The chapters need a clone of the repository. It is here, so you need no internet for it:</p>
  ${commandBlock(command, ['in a terminal'])}
  ${asks && markup`<p>When git asks for a password, give it the one that has opened this page.</p>`}`;
}

/** What is said of an address that nobody has. */
export function notFoundPage(): string {
  return page(
    'Not found',
    markup`<main id="text" class="first" tabindex="-1">
  <h1>There is no such page</h1>
  <p>All chapters are <a href="/">on the first page</a>.</p>
</main>`,
  );
}

function page(title: string, content: Markup): string {
  // The script is not deferred: it chooses the colours, and the page must not appear in others first.
  return String(markup`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · coinroom</title>
  <link rel="icon" href="/www.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/www.css">
  <script src="/www.js"></script>
</head>
<body>
<a class="skip" href="#text">Skip to the text</a>
<header>
  <a class="home" href="/"><img src="/www.svg" alt="" width="28" height="28"> coinroom workshop</a>
  <button type="button" id="dark" aria-pressed="false">Dark</button>
</header>
${content}
<p id="status" role="status"></p>
</body>
</html>
`);
}
