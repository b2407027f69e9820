/** webui: the page, and the numbers behind it. */
import type { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';
import { quoted, refusal } from '../service/refusal.ts';
import { createService, type ServiceOptions } from '../service/service.ts';
import { KEPT_ENTRIES, type Store } from '../store/store.ts';
import type { Hub } from './hub.ts';
import type { Snapshot } from './snapshot.ts';

export interface WebuiOptions extends ServiceOptions {
  readonly hub: Hub;
  readonly store: Pick<Store, 'newestCoins'>;
  /** The files of the page by path, such as `/` and `/page.js`. */
  readonly pageFiles: ReadonlyMap<string, PageFile>;
}

export interface PageFile {
  readonly type: string;
  readonly body: string;
}

/** The page takes nothing from anywhere else, and nothing that a wallet may hold can become script. */
const SECURITY_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
} as const;

const DEFAULT_COINS = 20;

export function createWebuiApp({ hub, store, pageFiles, ...options }: WebuiOptions): Hono {
  const { app, metrics, on } = createService(options);
  let openPages = 0;
  metrics.gauge('webui_open_pages', 'Pages that follow /events', () => openPages);

  for (const [path, { type, body }] of pageFiles) {
    on('GET', path, (c) => c.body(body, 200, { ...SECURITY_HEADERS, 'Content-Type': type }));
  }

  on('GET', '/json', (c) => c.json(hub.latest(), 200, { 'Cache-Control': 'no-store' }));

  on('GET', '/events', (c) => {
    return streamSSE(c, async (stream) => {
      openPages++;
      try {
        // A client that reads slowly misses moments instead of piling them up here.
        let snapshot: Snapshot | undefined = hub.latest();
        while (snapshot && !stream.aborted) {
          await stream.writeSSE({ data: JSON.stringify(snapshot) });
          snapshot = await hub.next();
        }
      } finally {
        openPages--;
      }
    });
  });

  on('GET', '/coins', async (c) => {
    const limit = parseLimit(c.req.query('limit'));
    const coins = await store.newestCoins(limit).catch((error: Error) => {
      throw refusal(503, `Cannot list coins: the store does not answer: ${error.message}`);
    });
    const rows = coins.map(({ hash, origin, at, worker }) => ({
      hash,
      origin: Buffer.from(origin).toString('hex'),
      originBytes: origin.length,
      at,
      worker,
    }));
    return c.json(rows, 200, { 'Cache-Control': 'no-store' });
  });

  return app;
}

function parseLimit(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COINS;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= KEPT_ENTRIES) return limit;
  throw refusal(400, `Cannot list coins: limit must be a whole number from 1 to ${KEPT_ENTRIES}; got ${quoted(text)}`);
}
