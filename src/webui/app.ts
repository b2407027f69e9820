/** webui: the page, and the numbers behind it. */
import type { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { quoted, refusal } from '../service/refusal.ts';
import { createService, type ServiceOptions } from '../service/service.ts';
import { guarded, readJson } from '../service/admin.ts';
import { SECURITY_HEADERS } from '../service/security-headers.ts';
import { createStaticHandler, type StaticFile } from '../service/static-files.ts';
import { KEPT_ENTRIES, type Store } from '../store/store.ts';
import { parseAnnotation } from './annotations.ts';
import { WINDOW_NAMES, type WindowName } from './history.ts';
import type { Hub, News } from './hub.ts';
import { coinRow, type Snapshot } from './snapshot.ts';

export interface WebuiOptions extends ServiceOptions {
  readonly hub: Hub;
  readonly store: Pick<Store, 'newestCoins'>;
  /** The files of the page by path, such as `/` and `/page.js`. */
  readonly pageFiles: ReadonlyMap<string, StaticFile>;
  /** Whether anybody may write on the time line, and the token that it asks for ('' = none). */
  readonly annotations?: { readonly token: string } | undefined;
}

/** Numbers of a moment. */
const NOT_KEPT = { 'Cache-Control': 'no-store' } as const;

const DEFAULT_COINS = 20;

export function createWebuiApp({ hub, store, pageFiles, annotations, ...options }: WebuiOptions): Hono {
  const { app, metrics, on } = createService(options);
  let openPages = 0;
  metrics.gauge('webui_open_pages', 'Pages that follow /events', () => openPages);

  for (const [path, file] of pageFiles) on('GET', path, createStaticHandler(file, SECURITY_HEADERS));

  on('GET', '/json', (c) => c.body(hub.news().message, 200, { ...NOT_KEPT, 'Content-Type': 'application/json' }));

  on('GET', '/events', (c) => {
    return streamSSE(c, async (stream) => {
      openPages++;
      try {
        // A client that reads slowly misses moments instead of piling them up here.
        let sent: Partial<News> = {};
        let snapshot: Snapshot | undefined = hub.latest();
        while (snapshot && !stream.aborted) {
          const news = hub.news();
          await stream.write(asEvents(news, sent));
          sent = news;
          snapshot = await hub.next();
        }
      } finally {
        openPages--;
      }
    });
  });

  on('GET', '/history', (c) => c.json(hub.line(parseWindow(c.req.query('window'))), 200, NOT_KEPT));

  on('GET', '/coins', async (c) => {
    const limit = parseLimit(c.req.query('limit'));
    const coins = await store.newestCoins(limit).catch((error: Error) => {
      throw refusal(503, `Cannot list coins: the store does not answer: ${error.message}`);
    });
    return c.json(coins.map(coinRow), 200, NOT_KEPT);
  });

  if (annotations) {
    const annotate = guarded(annotations.token, async (c) => {
      const annotation = hub.annotate(await readJson(c, parseAnnotation));
      return c.json(annotation, 201, NOT_KEPT);
    });
    on('POST', '/annotations', annotate);
  }

  return app;
}

/** Server-sent events: the snapshot always, the rest where this page has not got it yet. */
function asEvents({ message, coins, annotations }: News, sent: Partial<News>): string {
  return [
    coins === sent.coins ? '' : `event: coins\ndata: ${coins}\n\n`,
    annotations === sent.annotations ? '' : `event: annotations\ndata: ${annotations}\n\n`,
    `data: ${message}\n\n`,
  ].join('');
}

function parseWindow(text: string = '10m'): WindowName {
  const window = WINDOW_NAMES.find((name) => name === text);
  if (window) return window;
  throw refusal(400, `Cannot show the history: window must be one of ${WINDOW_NAMES.join(', ')}; got ${quoted(text)}`);
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COINS;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= KEPT_ENTRIES) return limit;
  throw refusal(400, `Cannot list coins: limit must be a whole number from 1 to ${KEPT_ENTRIES}; got ${quoted(text)}`);
}
