/** www: the chapters of the workshop as pages, and the repository for those who have no internet. */
import type { Context, Hono } from 'hono';
import { SECURITY_HEADERS } from '../service/security-headers.ts';
import { createService, type RouteHandler, type ServiceOptions } from '../service/service.ts';
import { createStaticHandler, type StaticFile } from '../service/static-files.ts';
import type { Chapter } from './chapters.ts';
import { answerFile } from './file-answer.ts';
import { chapterPage, type Cloning, firstPage, notFoundPage, pathOfChapter } from './layout.ts';
import { findRepositoryFile, isRepository } from './repository.ts';
import { guardedByToken } from './token.ts';

export interface WwwOptions extends ServiceOptions {
  readonly chapters: readonly Chapter[];
  /** What the pages need, by path, such as `/www.css`. */
  readonly pageFiles: ReadonlyMap<string, StaticFile>;
  /** The folder of a bare clone; '' = there is none. It may come and go. */
  readonly repository?: string;
  /** What everything but the probes asks for; '' = nothing. */
  readonly token?: string;
}

const HTML = 'text/html; charset=utf-8';

/** Where git finds the repository; `git clone` makes a folder of this name. */
const REPOSITORY = '/coinroom.git/';

/** What changes, or says how things are at this moment. */
const NOT_KEPT = { 'Cache-Control': 'no-store' } as const;

export function createWwwApp({ chapters, pageFiles, repository = '', token = '', ...options }: WwwOptions): Hono {
  const { app, on } = createService(options);
  const get = (path: string, handler: RouteHandler): void => on('GET', path, guardedByToken(token, handler));
  // A cache on the way may keep it for others only where nobody is asked who he is.
  const keptForEver = { 'Cache-Control': `${token === '' ? 'public' : 'private'}, max-age=31536000, immutable` };

  for (const [path, file] of pageFiles) get(path, createStaticHandler(file, SECURITY_HEADERS));
  for (const [at, chapter] of chapters.entries()) {
    const file = { type: HTML, body: chapterPage(chapters, at) };
    get(pathOfChapter(chapter), createStaticHandler(file, SECURITY_HEADERS));
  }

  get('/', async (c) => {
    const isThere = repository !== '' && await isRepository(repository);
    const page = firstPage(chapters, isThere ? cloningFrom(c.req.url, token !== '') : undefined);
    return c.html(page, 200, { ...SECURITY_HEADERS, ...NOT_KEPT });
  });

  get(`${REPOSITORY}*`, async (c) => {
    const name = c.req.path.slice(REPOSITORY.length);
    const file = repository === '' ? undefined : await findRepositoryFile(repository, name);
    if (!file) return c.text('Not found\n', 404);
    return await answerFile(c, file.path, {
      'Content-Type': file.type,
      'X-Content-Type-Options': 'nosniff',
      ...(file.isFixed ? keptForEver : NOT_KEPT),
    });
  });

  get('/*', (c: Context) => c.html(notFoundPage(), 404, { ...SECURITY_HEADERS, ...NOT_KEPT }));
  return app;
}

/** The command for whoever has opened the page at `url`; undefined where its host is nothing to be typed into a shell. */
function cloningFrom(url: string, asks: boolean): Cloning | undefined {
  const { host } = new URL(url);
  if (!/^([\w.-]+|\[[\da-f:.]+\])(:\d+)?$/.test(host)) return undefined;
  // With a user name git asks for the password only; any name will do.
  return { command: `git clone http://${asks ? 'class@' : ''}${host}${REPOSITORY.slice(0, -1)}`, asks };
}
