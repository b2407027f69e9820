/** What all HAProxies of a project do, on a local page for the class, and HAProxy's own page of each. */
import { Hono } from 'hono';
import { serve } from '../../src/service/serve.ts';
import { EXIT, parseCount, verb } from '../lib/command-line.ts';
import { common, linksOf, open } from './flags.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { type Picture, renderContent, renderPage } from './page-html.ts';
import { readAll } from './settle.ts';
import { askStatisticsPage } from './shared-folder.ts';

/** However many look at the page, HAProxies are asked no more often. */
const FRESH_MS = 1000;

export const page = verb({ ...common, port: { type: 'string', default: '8404' } }, async ({ values, signal }) => {
  const port = parseCount('--port', values.port, { most: 65_535 });
  const opened = await open(values, signal);
  const { links } = await linksOf(opened);
  const keeper = createKeeper({ ...opened, project: opened.project.name, links });
  const app = createApp({ project: opened.project.name, take: () => takePicture(keeper) });
  // Of this machine alone: it is for the projector, and asks no one for a password.
  const server = await serve((request) => app.fetch(request), { host: '127.0.0.1', port });
  process.stdout.write(
    `http://127.0.0.1:${server.port}/ shows the ambassadors of ${opened.project.name}; Ctrl-C ends it\n`,
  );
  await new Promise((resolve) => signal.aborted ? resolve(undefined) : signal.addEventListener('abort', resolve));
  await server.close();
  return EXIT.done;
});

async function takePicture(keeper: Keeper): Promise<Picture> {
  const { sight, wanted } = await keeper.survey();
  return { wanted, readings: await readAll(sight) };
}

export interface AppOptions {
  readonly project: string;
  readonly take: () => Promise<Picture>;
}

export function createApp({ project, take }: AppOptions): Hono {
  let taken: { readonly picture: Promise<Picture>; readonly at: number } | undefined;
  const picture = (): Promise<Picture> => {
    if (!taken || performance.now() - taken.at > FRESH_MS) {
      const next = take();
      taken = { picture: next, at: performance.now() };
      next.catch(() => taken = undefined);
    }
    return taken.picture;
  };
  const app = new Hono();
  app.get('/', async (context) => context.html(renderPage(project, renderContent(await picture()))));
  app.get('/content', async (context) => context.html(renderContent(await picture())));
  app.get('/haproxy/:name/:path{.*}', async (context) => {
    const { name, path } = context.req.param();
    const found = (await picture()).readings.find(({ proxy }) => proxy.container.name === name);
    if (!found) return context.text(`There is no ambassador ${name}\n`, 404);
    const text = await askStatisticsPage(found.proxy.engine, found.proxy.container, `/${path}`);
    // HAProxy takes itself to be at the top.
    return context.html(text.replaceAll('href="/', 'href="'));
  });
  app.onError((error, context) => context.text(`${error.message}\n`, 500));
  return app;
}
