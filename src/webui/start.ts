import { readFileSync } from 'node:fs';
import { requestTimeoutSetting, serverSettings, storeUrlSetting } from '../service/common-settings.ts';
import { DEFAULT_PORTS } from '../service/addresses.ts';
import type { Running } from '../service/running.ts';
import { type Setting, type Settings, text, toggle, type Values } from '../service/settings.ts';
import { listen, prepare, type RoleContext } from '../service/start-service.ts';
import type { StaticFile } from '../service/static-files.ts';
import { openStore } from '../store/open-store.ts';
import { createWebuiApp } from './app.ts';
import { type Hub, startHub } from './hub.ts';

export const settings = {
  ...serverSettings(DEFAULT_PORTS.webui),
  storeUrl: storeUrlSetting,
  requestTimeoutMs: requestTimeoutSetting,
  title: { kind: text(), default: '', meaning: 'which cluster this is, in the header of the page and in its tab' },
  annotations: { kind: toggle, default: 'off', meaning: 'lets POST /annotations write onto the time line of the page' },
} satisfies Settings & { title: Setting<string> };

/** Also gives the hub, so that ROLE=all can tell its progress. */
export async function start(
  values: Values<typeof settings>,
  context: RoleContext,
): Promise<Running & { readonly hub: Hub }> {
  const prepared = prepare('webui', values, context);
  const { log, identity } = prepared;
  const store = await openStore(values.storeUrl, { timeoutMs: values.requestTimeoutMs });
  const hub = startHub({ store, title: values.title, version: identity.version, log });
  const app = createWebuiApp({
    ...prepared.serviceOptions,
    hub,
    store,
    pageFiles: readPageFiles(),
    annotations: values.annotations ? { token: values.adminToken } : undefined,
  });
  const listening = await listen(app, prepared, values);
  return {
    ...listening,
    hub,
    close: async () => {
      await hub.close();
      await listening.close();
      await store.close();
      return 0;
    },
  };
}

function readPageFiles(): Map<string, StaticFile> {
  const read = (name: string): string => readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: read('index.html') }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', body: read('dist/page.js') }],
    ['/page.css', { type: 'text/css; charset=utf-8', body: read('dist/page.css') }],
    ['/icon.svg', { type: 'image/svg+xml', body: read('icon.svg') }],
  ]);
}
